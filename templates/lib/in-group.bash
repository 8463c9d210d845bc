# in_group SECONDS COMMAND...: runs the command as a group, ends all of it after that time and returns 124 then. No
# seconds are no limit.
in_group() {
  local limit=$1 start=$SECONDS
  shift
  GROUP=next
  set -m
  "$@" </dev/null 8>&- 9>&- &
  GROUP=$!
  set +m
  while [ "$limit" -gt 0 ] && kill -0 "$GROUP" 2>/dev/null; do
    if [ $((SECONDS - start)) -ge "$limit" ]; then
      end_group
      return 124
    fi
    sleep 0.2
  done
  await_group
}
