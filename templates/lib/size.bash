# size_of BYTES: sets REPLY to a short form for people, such as 1.5 MB.
size_of() {
  if [ "$1" -lt 1000 ]; then
    REPLY="$1 B"
  elif [ "$1" -lt 1000000 ]; then
    REPLY="$(($1 / 1000)).$(($1 % 1000 / 100)) kB"
  elif [ "$1" -lt 1000000000 ]; then
    REPLY="$(($1 / 1000000)).$(($1 % 1000000 / 100000)) MB"
  else
    REPLY="$(($1 / 1000000000)).$(($1 % 1000000000 / 100000000)) GB"
  fi
}
