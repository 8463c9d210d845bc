# duration SECONDS: sets REPLY to a short form for people, such as 1m05s.
duration() {
  if [ "$1" -lt 60 ]; then
    REPLY=$1s
  else
    printf -v REPLY '%dm%02ds' $(($1 / 60)) $(($1 % 60))
  fi
}
