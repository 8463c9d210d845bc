# The process that asks for images whose turn has not come.
AHEAD=''

# look_ahead: has the sources asked what they have, one image after the other, while others are copied. Those that may
# be at the target already are none of its business.
look_ahead() {
  CHILD=next
  ask_ahead </dev/null >/dev/null 2>&1 &
  CHILD=$! AHEAD=$!
}

# ask_ahead: what look_ahead runs. It stops at the first image that there is something wrong with: its job will say so.
ask_ahead() {
  local number
  trap '' INT
  trap leave_job TERM HUP
  SCRATCH=$WORK/ahead
  for ((number = ${JOBS:-4}; number < ${#SOURCES[@]}; number++)); do
    lock_row "${SOURCES[$number]}" "${PLATFORMS[$number]}"
    [ "$TARGET_DIGEST" = - ] || continue
    await_jobs
    [ ! -e "$WORK/$number.tries" ] || continue
    seek_source "$number" || return
    printf '%s\n' "$ORIGIN" "$DIGEST" "$FROM" >"$SCRATCH.answer"
    # A job that has begun meanwhile asks by itself, and would never take the answer away.
    [ -e "$WORK/$number.tries" ] || mv -f "$SCRATCH.answer" "$WORK/$number.source"
  done
}

# await_jobs: who asks is only so far ahead that every job finds an answer. Registries count questions.
await_jobs() {
  while set -- "$WORK"/*.source && [ -e "$1" ] && [ $# -ge "${JOBS:-4}" ]; do
    attempt sleep 0.2
  done
}

# know_source NUMBER: like seek_source, but that what was asked ahead is not asked again, unless the job tries again.
know_source() {
  if [ -f "$WORK/$1.source" ]; then
    {
      read -r ORIGIN
      read -r DIGEST
      read -r FROM
    } <"$WORK/$1.source"
    rm -f "$WORK/$1.source"
  else
    seek_source "$1"
  fi
}

# end_ahead: ends that process. Once it has ended by itself its number may be that of another one.
end_ahead() {
  case " $(jobs -pr | tr '\n' ' ') " in
    *" $AHEAD "*) CHILD=$AHEAD ;;
    *) CHILD='' ;;
  esac
  end_child
}
