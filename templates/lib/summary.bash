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
