# free_kib DIRECTORY: sets REPLY to how many KiB are free there; empty where that cannot be known.
free_kib() {
  read_df "$1" 4
}

# disk_of DIRECTORY: sets REPLY to what tells the disk that it is on from others.
disk_of() {
  read_df "$1" 1
}

# read_df DIRECTORY COLUMN: sets REPLY to what df says there. The name of a share may have blanks.
read_df() {
  local line form='^(.*[^ ]) +[0-9]+ +-?[0-9]+ +(-?[0-9]+) +[0-9-]+%? +/'
  REPLY=''
  df -Pk "$1" >"$SCRATCH" 2>/dev/null || return 0
  {
    read -r _
    IFS= read -r line
  } <"$SCRATCH"
  [[ $line =~ $form ]] || return 0
  case $2 in
    1) REPLY=${BASH_REMATCH[1]} ;;
    4) REPLY=${BASH_REMATCH[2]} ;;
  esac
}
