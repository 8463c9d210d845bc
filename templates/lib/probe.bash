# Who has answered the probe, in words: the first of the public registries, and Harbor. Empty where nobody has.
PUBLIC_ANSWER=''
HARBOR_ANSWER=''

# Which of the processes have ended.
PROBE_ENDED=()

# probe: asks Harbor and the hosts of PROBES, all at the same time. It is over when a public one has answered, when
# all are done, and in any case in less than 3 seconds.
probe() {
  local host clock
  trap leave_probe EXIT
  sleep 2.7 >/dev/null 2>&1 &
  clock=$!
  ask_harbor "${HARBOR%%/*}"
  for host in ${PROBES[@]+"${PROBES[@]}"}; do
    ask_host public "$host" https
  done
  while take_answers && kill -0 "$clock" 2>/dev/null; do
    sleep 0.05
  done
  end_probe
  trap close_workdir EXIT
}

# leave_probe: what close_workdir does, for the processes of the probe, too.
leave_probe() {
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  trap '' INT TERM HUP
  end_probe
  close_workdir
}

# end_probe: ends whoever is still at it. Before and after the probe this shell has nobody else in the background.
end_probe() {
  local pid
  for pid in $(jobs -pr); do
    kill -KILL "$pid"
    wait "$pid"
  done 2>/dev/null
}

# take_answers: looks at whoever has come to an end; returns 1 when nothing more is worth waiting for.
take_answers() {
  local number status=1
  for number in ${PROBED[@]+"${!PROBED[@]}"}; do
    [ -z "${PROBE_ENDED[number]:-}" ] || continue
    if kill -0 "${PROBE_PIDS[number]}" 2>/dev/null; then
      status=0
      continue
    fi
    PROBE_ENDED[number]=yes
    take_answer "$number"
  done
  [ -z "$PUBLIC_ANSWER" ] && return "$status"
}

# take_answer NUMBER: notes who has answered, and how far that is known.
take_answer() {
  local words host=${PROBED[$1]#* }
  is_answer "$WORK/probe.$1" || return 0
  words=$(say "$MSG_PROBE_ANSWERS" "$host")
  type -P curl >/dev/null || words=$(say "$MSG_PROBE_CONNECTS" "$host")
  case ${PROBED[$1]} in
    public*) PUBLIC_ANSWER=${PUBLIC_ANSWER:-$words} ;;
    *) HARBOR_ANSWER=$words ;;
  esac
}
