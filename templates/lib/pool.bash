# The jobs of the pool by number: the process of each that runs, the start of each, and how it ended:
# done, skipped, failed or stopped, after how many seconds.
PIDS=()
STARTED=()
STATES=()
TOOK=()

# The status to end with after a signal; empty while there was none.
STOP=''

# How many jobs may run at once.
LIMIT=1

# run_pool JOB COUNT LIMIT: runs `JOB 0` to `JOB COUNT-1` in the background, at most LIMIT at once.
# A job returns 0 when it did its work, 10 when there was none; what it prints goes to $WORK/NUMBER.log.
# Calls `on_end NUMBER` after each job that came to its end, `on_tick` at least once a second, `on_slow` when a job
# found that one at a time is enough, and `on_done JOB` when all have ended.
run_pool() {
  local number numbers
  numbers=()
  for ((number = 0; number < $2; number++)); do numbers+=("$number"); done
  LIMIT=$3
  open_channel
  work_off "$1" ${numbers[@]+"${numbers[@]}"}
  on_done "$1"
  stop_jobs
}

# work_off JOB NUMBER...: runs the jobs of these numbers, unless a signal comes.
work_off() {
  local job=$1
  shift
  while [ -z "$STOP" ]; do
    while [ $# -gt 0 ] && [ "${#PIDS[@]}" -lt "$LIMIT" ]; do
      start_job "$job" "$1"
      shift
    done
    [ "${#PIDS[@]}" -gt 0 ] || break
    await_event
  done
}

# open_channel: on descriptor 9 jobs tell that they ended, by an empty line that they have printed, or by `slow` that
# the registry wants fewer requests; descriptor 8 is the script's own output.
open_channel() {
  mkfifo -m 600 "$WORK/ended" || die 3 "$MSG_NO_WORKDIR" "$WORK"
  exec 9<>"$WORK/ended"
  exec 8>&1
  trap 'STOP=${STOP:-1}; stop_jobs; close_workdir' EXIT
  trap 'stop 130' INT
  trap 'stop 143' TERM
  trap 'stop 129' HUP
}

# stop STATUS: what a signal does. The empty line wakes who waits for an event.
stop() {
  STOP=$1
  printf '\n' >&9
}

# shielded COMMAND...: runs what a signal must not break off: Ctrl-C goes to all programs of the terminal. A signal
# counts when it is over.
shielded() (
  trap '' INT TERM HUP
  "$@"
)

start_job() {
  run_job "$1" "$2" >"$WORK/$2.log" 2>&1 &
  PIDS[$2]=$!
  STARTED[$2]=$SECONDS
}

# run_job JOB NUMBER: what the process of a job does. A signal ends its engine call, too; what Ctrl-C means to
# all processes of the terminal is the script's business.
run_job() {
  local status
  CHILD=''
  trap '' INT
  trap leave_job TERM HUP
  SCRATCH=$WORK/$2.scratch
  "$1" "$2"
  status=$?
  printf '%s\n' "$2" >&9
  exit "$status"
}

leave_job() {
  trap '' TERM HUP
  end_child
  exit 143
}

await_event() {
  local number
  if read -r -t 1 -u 9 number; then
    case $number in
      '') ;;
      slow) slow_down ;;
      *) end_job "$number" ;;
    esac
  else
    end_lost_jobs
  fi
  on_tick
}

# slow_down: from now on one job at a time.
slow_down() {
  [ "$LIMIT" -gt 1 ] || return 0
  LIMIT=1
  on_slow
}

# end_lost_jobs: a job that was killed tells nothing, but its process is gone.
end_lost_jobs() {
  local number
  for number in ${PIDS[@]+"${!PIDS[@]}"}; do
    kill -0 "${PIDS[$number]}" 2>/dev/null || end_job "$number"
  done
}

end_job() {
  [ -n "${PIDS[$1]:-}" ] || return 0
  job_status "${PIDS[$1]}"
  case $REPLY in
    0) STATES[$1]='done' ;;
    10) STATES[$1]=skipped ;;
    *) STATES[$1]=${STOP:+stopped} ;;
  esac
  STATES[$1]=${STATES[$1]:-failed}
  TOOK[$1]=$((SECONDS - STARTED[$1]))
  unset "PIDS[$1]"
  [ "${STATES[$1]}" = stopped ] || on_end "$1"
}

# job_status PID: sets REPLY to its status. A signal ends a wait early, so it asks twice.
job_status() {
  wait "$1" && REPLY=0 && return
  wait "$1"
  REPLY=$?
}

# stop_jobs: ends what still runs, after a signal or an error of this shell; from then on there is nothing left to
# interrupt.
stop_jobs() {
  local number
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  [ -z "$STOP" ] || trap '' INT TERM HUP
  for number in ${PIDS[@]+"${!PIDS[@]}"}; do
    kill -TERM "${PIDS[$number]}" 2>/dev/null
  done
  for number in ${PIDS[@]+"${!PIDS[@]}"}; do
    stop_process "${PIDS[$number]}"
    end_job "$number"
  done
}

# stop_process PID: a job that has just begun may miss a signal, so it gets more than one; by force if it is stuck.
stop_process() {
  local tries=0
  while kill -TERM "$1" 2>/dev/null; do
    [ "$tries" -lt 30 ] || kill -KILL "$1" 2>/dev/null
    tries=$((tries + 1))
    sleep 0.1
  done
}
