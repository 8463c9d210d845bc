# How many jobs there are, how many ended, and how many of these failed.
TOTAL=0
ENDED=0
FAILED=0

# open_progress COUNT: so many jobs, and a live line on a terminal.
open_progress() {
  TOTAL=$1
  open_terminal
}

# on_end NUMBER: one line for each job that ended.
on_end() {
  duration "${TOOK[$1]}"
  ENDED=$((ENDED + 1))
  case ${STATES[$1]} in
    done) say "$CLEAR$GREEN$MSG_DONE$PLAIN" "$ENDED" "$TOTAL" "${SOURCES[$1]}" "$REPLY" ;;
    skipped) say "$CLEAR$GREEN$MSG_SKIPPED$PLAIN" "$ENDED" "$TOTAL" "${SOURCES[$1]}" ;;
    failed)
      FAILED=$((FAILED + 1))
      say "$CLEAR$RED$MSG_FAILED$PLAIN" "$ENDED" "$TOTAL" "${SOURCES[$1]}" "$(job_error "$1")"
      ;;
  esac
}

# on_slow: the registry wants fewer requests.
on_slow() {
  say "$CLEAR$MSG_SLOW"
}

# job_error NUMBER: the last thing that the job printed.
job_error() {
  local line
  line=$(last_line "$WORK/$1.log")
  printf '%s' "${line:-$MSG_NO_ERROR}"
}

# on_tick: draws the live line, with the age of each job; the terminal cuts what is too long.
on_tick() {
  local number jobs=''
  [ -n "$LIVE" ] || return 0
  for number in ${PIDS[@]+"${!PIDS[@]}"}; do
    duration $((SECONDS - STARTED[number]))
    jobs="$jobs, ${SOURCES[$number]} $REPLY"
  done
  duration "$SECONDS"
  # shellcheck disable=SC2059 # the format is a MSG_ constant of this script
  printf "$CLEAR\033[?7l$MSG_LIVE\033[?7h" "$((ENDED - FAILED))" "$FAILED" "${#PIDS[@]}" "$TOTAL" "$REPLY" "${jobs#, }"
}
