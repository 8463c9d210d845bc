# within SECONDS COMMAND...: runs the command as CHILD, ends it after that time and returns 124 then.
within() {
  local limit=$1 start=$SECONDS
  shift
  CHILD=next
  "$@" </dev/null 8>&- 9>&- &
  CHILD=$!
  while kill -0 "$CHILD" 2>/dev/null; do
    if [ $((SECONDS - start)) -ge "$limit" ]; then
      end_child
      return 124
    fi
    sleep 0.02
  done
  await_child
}
