# The process group of the command that runs: empty when there is none, `next` when it is just being started. Compose
# leaves its work to programs of its own, which would go on without it.
GROUP=''

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

# await_group: the status of the command once it has ended.
await_group() {
  local status
  wait "$GROUP"
  status=$?
  GROUP=''
  return "$status"
}

# end_group: ends all of it if there is one, by force what does not listen.
end_group() {
  local tries=0
  [ "$GROUP" != next ] || GROUP=${!:-}
  [ -n "$GROUP" ] || return 0
  kill -TERM -- "-$GROUP" 2>/dev/null
  while kill -0 -- "-$GROUP" 2>/dev/null && [ "$tries" -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL -- "-$GROUP" 2>/dev/null
  await_group 2>/dev/null
}
