# How often a failure that may pass is tried again, and how many seconds one try may take; 0 is any time.
RETRIES=3
TIMEOUT=0

# The longest pause between two tries, in seconds.
LONGEST_PAUSE=60

# persist NUMBER TRY ARG...: calls TRY for a job of the pool until it works, which is 0 or 10, its failure cannot pass or
# the tries are used up. NUMBER.tries and NUMBER.class in WORK tell how it went.
persist() {
  local number=$1 tries=0 status
  shift
  while :; do
    tries=$((tries + 1))
    printf '%s\n' "$tries" >"$WORK/$number.tries"
    "$@"
    status=$?
    case $status in 0 | 10) return "$status" ;; esac
    [ "$PASSES" != no ] && [ "$tries" -le "$RETRIES" ] || return 1
    pause "$number" "$tries"
  done
}

# try NUMBER COMMAND...: one try; sets CLASS and PASSES where it fails. With --dry-run it only shows the command.
try() {
  local number=$1 status
  shift
  if [ "$MODE" = dry-run ]; then
    show "$@"
    return
  fi
  tell show "$@"
  within "$TIMEOUT" "$@" >"$WORK/$number.try" 2>&1
  status=$?
  cat "$WORK/$number.try"
  case $status in
    0) return 0 ;;
    124)
      say "$MSG_TIMEOUT" "$TIMEOUT"
      describe timeout
      ;;
    *) classify "$(last_lines "$WORK/$number.try")" ;;
  esac
  fail_as "$number" "$CLASS"
}
