# The container engine's client, and whose it is: docker, podman or nerdctl.
ENGINE=''
ENGINE_KIND=''

# find_engine: sets ENGINE to CONTAINER_ENGINE, else to the first client that is installed.
find_engine() {
  local name
  case "${CONTAINER_ENGINE:-}" in
    '' | docker | podman | nerdctl) ;;
    *) die 2 "$MSG_ENGINE_UNKNOWN" "$CONTAINER_ENGINE" ;;
  esac
  for name in ${CONTAINER_ENGINE:-docker podman nerdctl}; do
    if type -P "$name" >/dev/null; then
      ENGINE=$name
      break
    fi
  done
}

# need_engine: goes on only with an engine that answers; missing, stopped and forbidden are three messages.
need_engine() {
  local answer
  [ -n "$ENGINE" ] || die 3 "$MSG_ENGINE_MISSING" "${CONTAINER_ENGINE:-docker}"
  within 20 "$ENGINE" ps -q >"$WORK/engine" 2>&1 && return
  answer=$(last_line "$WORK/engine")
  case $answer in
    *'permission denied'*) die 3 "$MSG_ENGINE_FORBIDDEN" "$ENGINE" "$answer" ;;
    *) die 3 "$MSG_ENGINE_STOPPED" "$ENGINE" "$answer" ;;
  esac
}

# ask ARG...: puts the engine's answer into SCRATCH; returns its status.
ask() {
  local status
  within 60 "$ENGINE" "$@" >"$SCRATCH" 2>/dev/null
  status=$?
  [ "$status" -ne 124 ] || die 3 "$MSG_ENGINE_STOPPED" "$ENGINE" ''
  return "$status"
}

# name_engine: sets ENGINE_KIND; Podman also comes under the name of docker.
name_engine() {
  ask --version
  case $(cat "$SCRATCH") in
    *podman*) ENGINE_KIND=podman ;;
    *) ENGINE_KIND=$ENGINE ;;
  esac
}
