# The image of the proving pull.
PROOF_IMAGE=docker.io/library/hello-world:latest

# Where the engine logs: a file, `journal` or nothing; and where its end was.
LOG=''
LOG_END=0

# mark_log: what comes from now on counts.
mark_log() {
  LOG=''
  if [ -f "/proc/$DAEMON/fd/2" ]; then
    LOG=/proc/$DAEMON/fd/2
    LOG_END=$(wc -c <"$LOG")
  elif type -P journalctl >/dev/null; then
    LOG=journal
    LOG_END=$(date +%s)
  fi
}

# new_log: prints what the engine has logged since.
new_log() {
  case $LOG in
    '') ;;
    journal)
      sleep 1
      within 30 journalctl -q -o cat --since "@$LOG_END" "_PID=$DAEMON"
      ;;
    *) tail -c "+$((LOG_END + 1))" "$LOG" ;;
  esac
}

# prove_mirror ADDRESS: pulls a small image, which is not left behind, while that is the first of the mirrors. Returns 1
# where that fails or the engine went on to another place, 2 where it does not tell which way the image came.
prove_mirror() {
  local had='' status=0 mirror=$1
  ! within 60 "$ENGINE" image inspect "$PROOF_IMAGE" >/dev/null 2>&1 || had=yes
  set -- "$ENGINE" pull "$PROOF_IMAGE"
  [ "$ENGINE_KIND" != podman ] || set -- "$ENGINE" --log-level=debug pull "$PROOF_IMAGE"
  show "$@"
  if ! within 300 "$@" >"$WORK/pull" 2>&1; then
    warn "$MSG_PULL_FAILED" "$(last_line "$WORK/pull")"
    status=1
  fi
  [ -n "$had" ] || within 60 "$ENGINE" rmi "$PROOF_IMAGE" >/dev/null 2>&1
  [ "$status" -eq 0 ] || return 1
  if [ "$ENGINE_KIND" = podman ]; then podman_way "${mirror#*://}"; else docker_way; fi
}

# docker_way: docker's daemon logs when it leaves a mirror for the next place, unless it logs nothing of that kind.
docker_way() {
  new_log >"$WORK/log" 2>/dev/null
  if grep -E 'next endpoint|trying next host' "$WORK/log" >"$WORK/left"; then
    warn "$MSG_WENT_ON" "$(last_line "$WORK/left")"
    return 1
  fi
  grep -E 'level"?[=:]"?info' "$WORK/log" >/dev/null || return 2
}

# podman_way HOST: Podman says each place that it tries; the last one is where the image came from.
podman_way() {
  local line place=''
  while read -r line; do
    case $line in
      *'Trying to access \"'*) place=${line#*'access \"'} ;;
    esac
  done <"$WORK/pull"
  case $place in
    "$1/"*) return 0 ;;
  esac
  warn "$MSG_WENT_ON" "${place%%\\*}"
  return 1
}
