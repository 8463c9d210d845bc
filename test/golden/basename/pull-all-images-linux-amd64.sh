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
    dry-run) dry_run pull_image find_lock ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_PULL" "${0##*/}"
  say "$MSG_HELP"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --always)
      ALWAYS=yes
      AGAIN+=(--always)
      REPLY=1
      ;;
    --via | --trust-via) take_via "$@" ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --shard) take_shard "$@" ;;
    --result) take_result "$@" ;;
    --lock) take_lock "$@" ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE [PLATFORM]: one line of the list below.
image() {
  case ${#ONLY[@]}$SHARDS in
    0) ;;
    *) selected "$1" && in_shard "$1" || return 0 ;;
  esac
  SOURCES[${#SOURCES[@]}]=$1
  PLATFORMS[${#PLATFORMS[@]}]=${2:-$PLATFORM}
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
  # Proxies that serve everybody let nobody ask for much.
  [ "${#VIA[@]}" -eq 0 ] || JOBS=${JOBS:-2}
  run_pool pull_image "${#SOURCES[@]}" "${JOBS:-4}"
  summarise
}

# pull_image NUMBER: a job of the pool. Done is only what is there with the right platform.
pull_image() {
  local name platform=${PLATFORMS[$1]}
  engine_name "${SOURCES[$1]}"
  name=$REPLY
  if [ "$MODE" != dry-run ] && [ -z "$ALWAYS" ] && is_complete "$name" "$platform"; then
    note_known "$1" "$name"
    return 10
  fi
  asks_proxies "$1" || tell_unasked "$1"
  persist "$1" pull_once "$1" "$name" || return 1
  if [ "$MODE" != dry-run ] && ! find_here "$name" "$platform" && ! pull_right "$1" "$name"; then
    fail_as "$1" wrong-platform
    return
  fi
  ! pinned_tag "$name" || [ -n "$THROUGH" ] || act "$ENGINE" tag "$name" "$REPLY" || return 1
  [ "$MODE" = dry-run ] || note_source "$1" "$name"
}

# pull_once NUMBER NAME: one try.
pull_once() {
  MISSED=''
  pull_via "$1" "$2" || try "$1" "$ENGINE" pull --platform "${PLATFORMS[$1]}" "$2" || fail_through "$1"
}

# is_complete NAME PLATFORM: whether nothing is to be done: the image is here, and under its tag where it is pinned.
is_complete() {
  find_here "$1" "$2" || return 1
  ! pinned_tag "$1" || [ "$REPLY" = "$HERE" ] || same_image "$HERE" "$REPLY"
}

# pull_right NUMBER NAME: the image is here for another platform, REPLY.
pull_right() {
  local other=$REPLY
  pull_other "$1" "$2" && is_here "$2" "${PLATFORMS[$1]}" && return
  say "$MSG_WRONG_PLATFORM" "${other:-?}" "${PLATFORMS[$1]}"
  return 1
}

# settle: what is written down when all is over.
settle() {
  write_lock
}

# The images, one a line.
images() {
  SOURCES=()
  image acme/tool:007
  image acme/tool:0x1f
  image acme/tool:1.0
  image acme/tool:1e3
  image acme/tool:2024-01-01
  image acme/tool:null
  image acme/tool:on
  image ghcr.io/12:latest
  image nginx:1.27
  image quay.io/acme/edge:2 linux/arm64
  image quay.io/acme/old:2 linux/arm/v7
  image registry.internal:5000/a/b/c:1
}

main "$@"
