# What the command line says.
MODE=run
PROJECT_GIVEN=''

main() {
  local status=0
  parse_flags "$@"
  builds
  check_choice
  bases
  if [ "$MODE" = list ]; then
    list
    return
  fi
  find_project
  find_engine
  open_workdir
  need_engine
  name_engine
  find_compose
  pull_bases
  end_on_signals
  trap leave EXIT
  export COMPOSE_PROFILES=$PROFILES
  choose_images
  write_images
  build_services
  [ "$MODE" != dry-run ] || return 0
  report || status=1
  clean_up || status=1
  return "$status"
}

usage() {
  say "$MSG_HELP_TEST_BUILD" "${0##*/}"
}

take_flag() {
  REPLY=1
  case $1 in
    --keep) KEEP=yes ;;
    --list) MODE=list ;;
    --dry-run) MODE=dry-run ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --only | --project)
      need_value "$@"
      take_choice "$1" "$2"
      REPLY=2
      ;;
    *) REPLY=0 ;;
  esac
}

take_choice() {
  case $1,$2 in
    --only,?*) ONLY+=("$2") ;;
    --project,?*) PROJECT_DIR=$2 PROJECT_GIVEN=yes ;;
    *) die 2 "$MSG_BAD_CHOICE" "$1" "$2" ;;
  esac
}

# list: the services that would be built.
list() {
  local service
  for service in ${SERVICES[@]+"${SERVICES[@]}"}; do
    ! chosen "$service" || printf '%s\n' "$service"
  done
}

# What the builds are built on, one a line: the image, its platform where it is not the machine's own, the services.
bases() {
  BASES=()
}

# What is built, one a line: the service, its image while it is tried, the name under which others are built on it, and
# what of its build is left out.
builds() {
  SERVICES=()
}

main "$@"
