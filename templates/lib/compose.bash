# The Compose that is here: docker compose, podman compose or nerdctl compose, else the older docker-compose or
# podman-compose; and the words that run it on the project.
COMPOSE=()
LINE=()

# find_compose: sets COMPOSE, and leaves in SCRATCH what it says of its version; or ends the script.
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
}
