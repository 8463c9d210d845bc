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
