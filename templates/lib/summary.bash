# The flags to repeat when what failed is tried again.
AGAIN=()

# 1 once something that this run found out could not be written down.
UNWRITTEN=0

# summarise: prints how it went and what to do next, and ends the script with the status that says the same.
summarise() {
  duration "$SECONDS"
  printf '%s' "$CLEAR"
  say "$MSG_SUMMARY" "$((ENDED - FAILED))" "$TOTAL" "$FAILED" "$((TOTAL - ENDED))" "$REPLY"
  [ "$FAILED" -eq 0 ] || shielded list_failures
  write_result
  settle
  [ -z "$STOP" ] || warn "$MSG_STOPPED"
  [ "$((ENDED - FAILED))" -eq "$TOTAL" ] || print_retry
  exit "${STOP:-$((ENDED - FAILED < TOTAL || UNWRITTEN))}"
}

# list_failures: every image that failed, with its last error. Without room for it nothing could be noted.
list_failures() {
  local number
  for number in "${!STATES[@]}"; do
    [ "${STATES[$number]}" != failed ] || explain_failure "$number"
  done
  { printf '\n' >"$WORK/room"; } 2>/dev/null || warn "$MSG_NO_WORKDIR" "${TMPDIR:-/tmp}"
}

# explain_failure NUMBER: what the image failed by, what that is a sign of, and what helps.
explain_failure() {
  say "$MSG_FAILURE" "${SOURCES[$1]}" "$(job_error "$1")"
  describe "$(job_class "$1")"
  [ -n "$CAUSE" ] || return 0
  say "$MSG_CAUSE" "$CLASS" "$CAUSE"
  say "$MSG_CURE" "$CURE"
}

# print_retry: the one command that runs again what did not succeed.
print_retry() {
  local number words
  words=(${CONTAINER_ENGINE:+CONTAINER_ENGINE="$CONTAINER_ENGINE"} bash "$0" ${AGAIN[@]+"${AGAIN[@]}"})
  for ((number = 0; number < TOTAL; number++)); do
    case ${STATES[$number]:-} in
      done | skipped) ;;
      *) words+=(--only "${SOURCES[$number]}") ;;
    esac
  done
  shell_words ${words[@]+"${words[@]}"}
  say "$MSG_RETRY" "$REPLY"
}
