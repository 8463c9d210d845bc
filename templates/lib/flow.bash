# The status to end with after a signal; empty while there was none.
STOP=''

# A signal ends what flows within a second.
GROUP_PATIENCE=8

# open_flow: from now on a signal ends what flows. What reads descriptor 6 learns that this script has ended, however it
# did: nobody else holds the other end, 7.
open_flow() {
  mkfifo -m 600 "$WORK/life" "$WORK/whole" "$WORK/part" "$WORK/again" "$WORK/kept" || die 3 "$MSG_NO_WORKDIR" "$WORK"
  exec 7<>"$WORK/life"
  exec 6<"$WORK/life"
  trap 'stop 130' INT
  trap 'stop 143' TERM
  trap 'stop 129' HUP
}

# stop STATUS: what a signal does: what flows ends first.
stop() {
  STOP=$1
  [ -n "$GROUP" ] || end_set ''
}

# flow COMMAND...: runs it as a group of processes with a live line, until it ends or a signal comes.
flow() {
  [ -z "$STOP" ] || return 1
  GROUP=next
  set -m
  outlived "$@" </dev/null >"$WORK/flow.log" 2>&1 7>&- &
  GROUP=$!
  set +m
  printf '%s\n' "$GROUP" >"$SET_LOCK/group"
  while kill -0 "$GROUP" 2>/dev/null; do
    if [ -n "$STOP" ]; then
      end_group
      return 1
    fi
    on_tick
    sleep 0.2
  done
  await_group
}

# outlived COMMAND...: runs it, and ends with all of the group once the script has. What a program fails by is looked up
# in English.
outlived() {
  local status guard
  trap - INT TERM HUP
  export LC_ALL=C
  guard_group &
  guard=$!
  "$@"
  status=$?
  kill -KILL "$guard"
  exit "$status"
}

# guard_group: waits for the end of the script, and ends the group then.
guard_group() {
  read -r _ <&6
  trap '' TERM
  kill -TERM 0
  sleep 0.5
  kill -KILL 0
}
