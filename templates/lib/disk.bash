# warn_low_disk: says so when the engine's store has less than 5 GiB left. One that is elsewhere cannot be seen.
warn_low_disk() {
  local free
  engine_folder
  [ -n "$REPLY" ] || return 0
  free=$(free_space "$REPLY")
  [ "${free:-5}" -ge 5 ] || warn "$MSG_LOW_DISK" "$REPLY" "$free"
}

# free_space DIRECTORY: prints how many GiB are free there.
free_space() {
  local free
  df -Pk "$1" 2>/dev/null | while read -r _ _ _ free _; do
    case $free in
      *[!0-9]* | '') ;;
      *) printf '%s\n' $((free / 1048576)) ;;
    esac
  done
}
