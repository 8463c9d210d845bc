# within SECONDS COMMAND...: runs the command as CHILD, ends it after that time and returns 124 then. No seconds are no
# limit.
within() {
  local limit=$1 start=$SECONDS nap=0.02
  shift
  CHILD=next
  "$@" </dev/null 8>&- 9>&- &
  CHILD=$!
  while [ "$limit" -gt 0 ] && kill -0 "$CHILD" 2>/dev/null; do
    if [ $((SECONDS - start)) -ge "$limit" ]; then
      end_child
      return 124
    fi
    [ $((SECONDS - start)) -lt 2 ] || nap=0.5
    sleep "$nap"
  done
  await_child
}
