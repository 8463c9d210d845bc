# The services that are built, the image of each, and those of them that failed.
SERVICES=()
BUILT=()
BROKEN=()

# The further tag and the registry that built images are named by; empty is none.
BUILD_TAG=''
BUILD_REGISTRY=''

# Whether to build what is already here, too.
FORCE=''

# build SERVICE [IMAGE]: one line of the list below; without IMAGE Compose makes a name.
build() {
  SERVICES+=("$1")
  BUILT+=("${2:-}")
}

# build_services: the fourth step.
build_services() {
  local number
  trap leave_build EXIT
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
    BUILT[number]=${BUILT[$number]:-$PROJECT$COMPOSE_JOINT${SERVICES[$number]}:latest}
    if [ -z "$FORCE" ] && built_here "${BUILT[$number]}"; then
      say "$MSG_BUILD_HERE" "${SERVICES[$number]}" "${BUILT[$number]}"
      continue
    fi
    say "$MSG_BUILD" "${SERVICES[$number]}" "${BUILT[$number]}"
    compose build "${SERVICES[$number]}" || BROKEN[number]=${SERVICES[$number]}
  done
  read_ids
}

# compose ARG...: runs Compose on the project, with what it says to be seen at once.
compose() {
  compose_line "$@"
  show ${LINE[@]+"${LINE[@]}"}
  [ "$MODE" = dry-run ] || in_group 0 in_project ${LINE[@]+"${LINE[@]}"}
}

# leave_build: what close_workdir does, for a build that still runs, too.
leave_build() {
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  trap '' INT TERM HUP
  end_group
  close_workdir
}

# built_here IMAGE: whether it is here, and FROM its name. Podman gives what it builds a name under localhost/.
built_here() {
  case $ENGINE_KIND in
    podman) first_here "localhost/$1" "$1" ;;
    *) first_here "$1" ;;
  esac
}

# name_services: the fifth: gives what was built its names under localhost/, and those that the command line asks for.
name_services() {
  local number status=0
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
    [ -z "${BROKEN[$number]:-}" ] || continue
    if ! built_here "${BUILT[$number]}"; then
      [ "$MODE" = dry-run ] || BROKEN[number]=${SERVICES[$number]}
      continue
    fi
    say "$MSG_TAG_IMAGE" "${BUILT[$number]}"
    name_build "${BUILT[$number]}" || status=1
  done
  return "$status"
}

# name_build IMAGE: FROM is what it is here.
name_build() {
  local tag=${BUILD_TAG:-${1##*:}} status=0
  set_names "$1" || return 1
  give_names || status=1
  untagged "$ORIGINAL"
  [ -z "$BUILD_TAG" ] || add_name "$REPLY:$tag" || status=1
  [ -n "$BUILD_REGISTRY" ] || return "$status"
  local HARBOR=$BUILD_REGISTRY
  remote_of "$1"
  untagged "$REPLY"
  add_name "$REPLY:$tag" && return "$status"
}

# verify_services: the last one: done is only what is here.
verify_services() {
  local number bad=0
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
    [ -n "${BROKEN[$number]:-}" ] || continue
    say "$MSG_BUILD_FAILED" "${SERVICES[$number]}" "${BUILT[$number]}"
    bad=$((bad + 1))
  done
  say "$MSG_TAG_SUMMARY" "$((${#SERVICES[@]} - bad))" "$bad" "${#SERVICES[@]}"
  [ "$bad" -eq 0 ]
}
