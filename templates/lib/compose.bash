# The Compose that is here: docker compose, podman compose or nerdctl compose, else the older docker-compose or
# podman-compose; and what stands between project and service in the names that it gives images.
COMPOSE=()
COMPOSE_JOINT=-

# find_compose: sets COMPOSE, or ends the script.
find_compose() {
  local name
  if within 20 "$ENGINE" compose version >"$SCRATCH" 2>&1; then
    COMPOSE=("$ENGINE" compose)
  else
    for name in docker-compose podman-compose; do
      [ "${#COMPOSE[@]}" -gt 0 ] || ! type -P "$name" >/dev/null || COMPOSE=("$name")
    done
    [ "${#COMPOSE[@]}" -gt 0 ] || die 3 "$MSG_COMPOSE_MISSING"
    within 20 ${COMPOSE[@]+"${COMPOSE[@]}"} version >"$SCRATCH" 2>&1
  fi
  case $(cat "$SCRATCH") in
    *podman-compose* | *'version 1.'*) COMPOSE_JOINT=_ ;;
  esac
}

# compose ARG...: runs Compose on the project, with what it says to be seen at once.
compose() {
  set -- ${COMPOSE[@]+"${COMPOSE[@]}"} ${COMPOSE_FLAGS[@]+"${COMPOSE_FLAGS[@]}"} "$@"
  show "$@"
  [ "$MODE" = dry-run ] || attempt in_project "$@"
}

# in_project COMMAND...: a shell that runs it there, and ends with it all that it has started.
in_project() {
  cd "$PROJECT_DIR" || return
  trap '' INT
  trap end_family TERM HUP
  "$@" &
  wait "$!"
}

# end_family: ends the last process and all those below it, by force if they do not listen.
end_family() {
  local family=$! pid parent
  trap '' TERM HUP
  ps -A -o pid= -o ppid= >"$SCRATCH.ps" 2>/dev/null
  # Numbers of processes start over at some time, so that children may stand before their parents.
  for _ in 1 2 3; do
    while read -r pid parent; do
      case " $family " in
        *" $pid "*) ;;
        *" $parent "*) family="$family $pid" ;;
      esac
    done <"$SCRATCH.ps"
  done
  # shellcheck disable=SC2086 # these are numbers
  kill -TERM $family
  sleep 0.4
  # shellcheck disable=SC2086
  kill -KILL $family
  exit 143
} 2>/dev/null
