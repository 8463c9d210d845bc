# wants_less: whether the failure at hand says that a registry wants fewer requests; it gets fewer.
wants_less() {
  [ "$PASSES" = slowly ] && printf 'slow\n' >&9
}

# pause NUMBER TRIES: waits longer after each try, and not as long as the others do.
pause() {
  local seconds=$LONGEST_PAUSE
  [ "$2" -gt 5 ] || seconds=$((1 << $2))
  ! wants_less || seconds=$((seconds * 5))
  [ "$seconds" -lt "$LONGEST_PAUSE" ] || seconds=$LONGEST_PAUSE
  seconds=$((seconds + (RANDOM + $1 * 7919) % (seconds / 2 + 1)))
  tell say "$CLEAR$MSG_AGAIN" "${SOURCES[$1]}" "$CAUSE" "$seconds"
  attempt sleep "$seconds"
}
