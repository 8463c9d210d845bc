# The process group of the command that runs: empty when there is none, `next` when it is just being started. Compose
# leaves its work to programs of its own, which would go on without it.
GROUP=''

# How many tenths of a second it may take to end by itself.
GROUP_PATIENCE=50

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
  while kill -0 -- "-$GROUP" 2>/dev/null && [ "$tries" -lt "$GROUP_PATIENCE" ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL -- "-$GROUP" 2>/dev/null
  await_group 2>/dev/null
}
