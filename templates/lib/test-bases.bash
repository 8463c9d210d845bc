# What the builds are built on, one base image each: its name, its platform where it is not the machine's own.
BASES=()
BASE_PLATFORMS=()

# Those of them that are missing: what the pool pulls.
SOURCES=()
PLATFORMS=()

# base IMAGE PLATFORM SERVICE...: one line of the list below.
base() {
  local service
  for service in "${@:3}"; do
    chosen "$service" || continue
    BASES+=("$1")
    BASE_PLATFORMS+=("$2")
    return
  done
}

# pull_bases: pulls those that are missing. What cannot be pulled is left to the builds, which say what they lack.
pull_bases() {
  local number
  for number in ${BASES[@]+"${!BASES[@]}"}; do
    ! has_base "${BASES[$number]}" "${BASE_PLATFORMS[$number]}" || continue
    SOURCES+=("${BASES[$number]}")
    PLATFORMS+=("${BASE_PLATFORMS[$number]}")
  done
  say "$MSG_TEST_BASES" "${#BASES[@]}" "${#SOURCES[@]}"
  if [ "$MODE" = dry-run ]; then
    for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do pull_base "$number"; done
  elif [ "${#SOURCES[@]}" -gt 0 ]; then
    open_progress "${#SOURCES[@]}"
    run_pool pull_base "${#SOURCES[@]}" "${JOBS:-4}"
    printf '%s' "$CLEAR"
    [ "$FAILED" -eq 0 ] || shielded list_failures
    [ -z "$STOP" ] || exit "$STOP"
  fi
}

# has_base IMAGE PLATFORM: whether it is here.
has_base() {
  local REPLY
  engine_name "$1"
  if [ -n "$2" ]; then
    is_here "$REPLY" "$2"
  else
    ask image inspect --format '{{.Id}}' "$REPLY"
  fi
}

# pull_base NUMBER: a job of the pool.
pull_base() {
  engine_name "${SOURCES[$1]}"
  set -- "$1" "$REPLY" ${PLATFORMS[$1]:+--platform "${PLATFORMS[$1]}"}
  insist "$1" "$ENGINE" pull "${@:3}" "$2"
}
