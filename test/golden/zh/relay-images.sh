# The images to copy, the name of each at the registry, and its platform.
SOURCES=()
TARGETS=()
PLATFORMS=()

# With --list, what is printed of each instead.
ROWS=()

# Whether every image is copied for all its platforms.
ALL=''

main() {
  parse_flags "$@"
  images
  check_selection
  case $MODE in
    list) list ;;
    dry-run) dry_run ;;
    verify) verify ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_RELAY" "${0##*/}" "$REGISTRY"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --shard) take_shard "$@" ;;
    --result) take_result "$@" ;;
    --lock) take_lock "$@" ;;
    --via | --trust-via) take_via "$@" ;;
    --with) take_with "$@" ;;
    --all-platforms)
      ALL=yes
      AGAIN+=("$1")
      REPLY=1
      ;;
    --verify)
      MODE=verify
      AGAIN+=("$1")
      REPLY=1
      ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE TARGET [PLATFORM]: one line of the list below.
image() {
  case ${#ONLY[@]}$SHARDS in
    0) ;;
    *) selected "$1" "$2" && in_shard "$1" || return 0 ;;
  esac
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

# dry_run: shows the commands, as far as nobody has to be asked for them.
dry_run() {
  local number
  find_copier
  COPIER=${COPIER:-${WITH:-skopeo}}
  find_lock
  open_workdir
  learn_copier
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    first_name "$number"
    copy_command "$number" "$REPLY"
    show ${COPY[@]+"${COPY[@]}"}
  done
}

# prepare LEVEL: finds out all that has to be known before the first image.
prepare() {
  say "$MSG_DESTINATION" "$REGISTRY"
  find_copier
  open_result
  open_lock
  open_workdir
  find_sha256
  need_copier
  type -P curl >/dev/null || warn "$MSG_COPIER_ASKED" "$COPIER"
  need_registry "$1" || die 3 "$MSG_NOTHING_COPIED"
  [ -z "$REGISTRY_URL" ] || know_repositories ${TARGETS[@]+"${TARGETS[@]}"}
  note_registry
  open_progress "${#SOURCES[@]}"
}

run() {
  prepare push
  need_sums
  open_sources
  # Proxies that serve everybody let nobody ask for much.
  [ "${#VIA[@]}" -eq 0 ] || JOBS=${JOBS:-2}
  [ "${#VIA[@]}" -gt 0 ] || look_ahead
  run_pool relay_image "${#SOURCES[@]}" "${JOBS:-4}"
  summarise
}

# verify: like run, but only asks the registry.
verify() {
  prepare pull
  run_pool verify_image "${#SOURCES[@]}" "${JOBS:-4}"
  summarise
}

# relay_image NUMBER: a job of the pool. Done is only what the registry has been seen to have.
relay_image() {
  asks_proxies "$1" || tell_unasked "$1"
  persist "$1" relay_once "$1"
}

# relay_once NUMBER: one try: a proxy that only seems to have it is no reason to fail. The next try asks all again.
relay_once() {
  local proxies
  proxies=(${VIA[@]+"${VIA[@]}"})
  MISSED=''
  ! is_there "$1" || return 10
  while know_source "$1"; do
    copy_image "$1" && return
    give_up_proxy "$1" || break
  done
  VIA=(${proxies[@]+"${proxies[@]}"})
  fail_through "$1"
}

# copy_image NUMBER: what is copied is known by its digest before, so that the tag cannot get anything else.
copy_image() {
  copy_command "$1" "$FROM"
  try "$1" ${COPY[@]+"${COPY[@]}"} && prove_push "$1" "$ORIGIN" && is_proven "$1" && return
  describe "$(job_class "$1")"
  return 1
}

# is_proven NUMBER: whether the target has been seen to have it; else nothing is written down.
is_proven() {
  [ -f "$WORK/$1.unproven" ] || return 0
  rm -f "$WORK/$1.unproven" "$WORK/$1.digests"
  say "$MSG_CANNOT_ASK"
  fail_as "$1" no-answer
}

# settle: what is written down, and said, when all is over.
settle() {
  end_ahead
  write_lock
}

# The images, one a line: the name in the project, then the name at the registry.
images() {
  SOURCES=()
  image nginx:latest registry.example.com/team/nginx:latest
}

main "$@"
