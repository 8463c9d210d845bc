# free_kib DIRECTORY: sets REPLY to how many KiB are free there; empty where that cannot be known.
free_kib() {
  read_df "$1" 4
}

# disk_of DIRECTORY: sets REPLY to what tells the disk that it is on from others.
disk_of() {
  read_df "$1" 1
}

# read_df DIRECTORY COLUMN: sets REPLY to what df says there.
read_df() {
  local words
  REPLY=''
  df -Pk "$1" >"$SCRATCH" 2>/dev/null || return 0
  {
    read -r _
    read -r -a words
  } <"$SCRATCH"
  REPLY=${words[$2 - 1]:-}
}
