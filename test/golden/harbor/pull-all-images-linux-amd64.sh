# The images to pull, and the platform of each.
SOURCES=()
PLATFORMS=()

# Whether to pull what is already there, too.
ALWAYS=''

main() {
  parse_flags "$@"
  images
  check_selection
  case $MODE in
    list) list ;;
    dry-run) dry_run pull_image ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_PULL" "${0##*/}"
  say "$MSG_HELP"
}

take_flag() {
  case $1 in
    --always)
      ALWAYS=yes
      AGAIN+=(--always)
      REPLY=1
      ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --shard) take_shard "$@" ;;
    --result) take_result "$@" ;;
    --lock) take_lock "$@" ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE [PLATFORM]: one line of the list below.
image() {
  selected "$1" && in_shard "$1" || return 0
  SOURCES+=("$1")
  PLATFORMS+=("${2:-$PLATFORM}")
}

list() {
  [ "${#SOURCES[@]}" -eq 0 ] || printf '%s\n' "${SOURCES[@]}"
}

run() {
  find_engine
  open_result
  open_lock
  open_workdir
  need_engine
  name_engine
  warn_low_disk
  open_progress "${#SOURCES[@]}"
  run_pool pull_image "${#SOURCES[@]}" "$JOBS"
  summarise
}

# pull_image NUMBER: a job of the pool. Done is only what is there with the right platform.
pull_image() {
  local name platform=${PLATFORMS[$1]}
  engine_name "${SOURCES[$1]}"
  name=$REPLY
  [ "$MODE" = dry-run ] || [ -n "$ALWAYS" ] || ! is_here "$name" "$platform" || return 10
  insist "$1" "$ENGINE" pull --platform "$platform" "$name" || return 1
  [ "$MODE" != dry-run ] || return 0
  if is_here "$name" "$platform"; then
    note_source "$1"
  else
    say "$MSG_WRONG_PLATFORM" "${REPLY:-?}" "$platform"
    fail_as "$1" wrong-platform
  fi
}

# note_source NUMBER: writes down what has come.
note_source() {
  printed_digest "$WORK/$1.try"
  [ "$DIGEST" = - ] || note_digests "$1" "$DIGEST" - -
}

# settle: what is written down when all is over.
settle() {
  write_lock
}

# The images, one a line.
images() {
  SOURCES=()
  image minio/minio:latest
  image quay.io/minio/minio:latest
  image quay.io/prometheus/prometheus:v2.53.1
  image redis:7-alpine
}

main "$@"
