# The images to load, the name of each at the registry, and its platform.
SOURCES=()
TARGETS=()
PLATFORMS=()

# With --list, what is printed of each instead.
ROWS=()

# yes once the archive was given to the engine: then nothing is taken for proven any more.
BROUGHT=''

main() {
  parse_flags "$@"
  [ "${#AS[@]}" -gt 0 ] || AS=(target)
  images
  check_selection
  case $MODE in
    list) list ;;
    dry-run) dry_run load_image plan_load ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_LOAD" "${0##*/}" "$SET_NAME"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --from) take_set "$@" ;;
    --as) take_as "$@" ;;
    --result) take_result "$@" ;;
    --no-space-check)
      SPACE_CHECK=''
      AGAIN+=("$1")
      REPLY=1
      ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE TARGET [PLATFORM]: one line of the list below.
image() {
  put PLANNED "$2" yes
  selected "$1" "$2" || return 0
  if [ "$MODE" = list ]; then
    ROWS[${#ROWS[@]}]=$1$'\t'$2
    return
  fi
  SOURCES[${#SOURCES[@]}]=$1
  TARGETS[${#TARGETS[@]}]=$2
  PLATFORMS[${#PLATFORMS[@]}]=${3:-$PLATFORM}
}

list() {
  [ "${#ROWS[@]}" -eq 0 ] || printf '%s\n' "${ROWS[@]}"
}

run() {
  find_engine
  open_result
  open_workdir
  find_sha256 || die 3 "$MSG_NO_SHA256"
  find_set
  say "$MSG_SET_IS" "$SET"
  read_sums
  read_manifest
  if [ -n "$FAULTY" ]; then
    check_parts
    die 3 "$MSG_SET_FAULTY"
  fi
  need_engine
  name_engine
  match_set
  say_names
  open_progress "${#SOURCES[@]}"
  survey_set || bring_set
  [ -n "$STOP" ] || run_pool load_image "${#SOURCES[@]}" 4
  summarise
}

# bring_set: has the engine load the archive, once it is known to be whole and that there is room.
bring_set() {
  ! unpacks || type -P gzip >/dev/null || die 3 "$MSG_LOAD_NO_GZIP"
  check_parts
  [ -z "$FAULTY" ] || die 3 "$MSG_SET_FAULTY"
  need_space
  survey_names
  BROUGHT=yes
  load_set
  say_strangers
}

# plan_load: what --dry-run shows before the names.
plan_load() {
  find_set
  read_sums
  [ -z "$FAULTY" ] || die 3 "$MSG_SET_FAULTY"
  show_load
}

# load_image NUMBER: a job of the pool. Done is only what is here by all its names, and what the manifest says it is.
load_image() {
  want_names "$1"
  if [ "$MODE" = dry-run ]; then
    give_names "$1" "${TARGETS[$1]}"
    drop_target "$1"
    return
  fi
  is_in_set "$1" && is_sound "$1" || return 1
  if [ -z "$BROUGHT" ] && [ -n "${COMPLETE[$1]:-}" ]; then
    note_row "$1"
    return 10
  fi
  if ! has_names "$1"; then
    find_copy "$1" || say_absent "$1" || return 1
    give_names "$1" "$REPLY"
    has_names "$1" || return 1
  fi
  drop_target "$1" || return 1
  note_row "$1"
  [ -z "${COMPLETE[$1]:-}" ] || return 10
}

# settle: what is said besides when all is over.
settle() {
  say_moved
}

# The images, one a line: the name in the project, then the name at the registry.
images() {
  SOURCES=()
  image eclipse-mosquitto:2.0 registry.example.com/team/eclipse-mosquitto:2.0 linux/arm/v7
  image influxdb:2.7 registry.example.com/team/influxdb:2.7
  image telegraf:1.31 registry.example.com/team/telegraf:1.31 linux/arm64
}

main "$@"
