# The process that a signal has to end before this shell may end: empty when there is none, `next` when it is just
# being started.
CHILD=''

# attempt COMMAND...: runs the command as CHILD and returns its status.
attempt() {
  CHILD=next
  "$@" </dev/null 8>&- 9>&- &
  CHILD=$!
  await_child
}

# await_child: the status of CHILD once it has ended.
await_child() {
  local status
  wait "$CHILD"
  status=$?
  CHILD=''
  return "$status"
}

# end_child: ends CHILD if there is one, by force if it does not listen.
end_child() {
  local tries=0
  [ "$CHILD" != next ] || CHILD=${!:-}
  [ -n "$CHILD" ] || return 0
  kill -TERM "$CHILD" 2>/dev/null
  while kill -0 "$CHILD" 2>/dev/null && [ "$tries" -lt 10 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL "$CHILD" 2>/dev/null
  await_child 2>/dev/null
}
