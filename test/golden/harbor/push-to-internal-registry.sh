# The images to push, the name of each at the registry, and its platform.
SOURCES=()
TARGETS=()
PLATFORMS=()

# With --list, what is printed of each instead.
ROWS=()

main() {
  parse_flags "$@"
  images
  check_selection
  case $MODE in
    list) list ;;
    dry-run) dry_run push_image learn_push ;;
    verify) verify ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_PUSH" "${0##*/}" "$REGISTRY"
  say "$MSG_HELP"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --shard) take_shard "$@" ;;
    --result) take_result "$@" ;;
    --lock) take_lock "$@" ;;
    --verify)
      MODE=verify
      AGAIN+=(--verify)
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

run() {
  local ready=yes
  say "$MSG_DESTINATION" "$REGISTRY"
  find_engine
  open_result
  open_lock
  open_workdir
  need_engine
  name_engine
  need_images || ready=''
  need_registry push || ready=''
  [ -n "$ready" ] || die 3 "$MSG_NOTHING_PUSHED"
  warn_old_engine
  [ -n "$REGISTRY_URL" ] || warn "$MSG_NO_PROOF" "${REGISTRY%%/*}"
  learn_push
  open_progress "${#SOURCES[@]}"
  run_pool push_image "${#SOURCES[@]}" "${JOBS:-4}"
  summarise
}

# verify: like run, but only asks the registry.
verify() {
  say "$MSG_DESTINATION" "$REGISTRY"
  find_engine
  open_result
  open_lock
  open_workdir
  need_engine
  name_engine
  need_registry pull || exit 3
  [ -n "$REGISTRY_URL" ] || die 3 "$MSG_NO_VERIFY" "${REGISTRY%%/*}"
  open_progress "${#SOURCES[@]}"
  run_pool verify_image "${#SOURCES[@]}" "${JOBS:-4}"
  summarise
}

# push_image NUMBER: a job of the pool. Done is only what the registry has been seen to have, where it can be asked.
push_image() {
  local target=${TARGETS[$1]}
  name_here "$1"
  [ "$MODE" = dry-run ] || ! is_there "$1" "$HERE" || return 10
  act "$ENGINE" tag "$HERE" "$target" || return 1
  push_flags "$1"
  insist "$1" "$ENGINE" push ${FLAGS[@]+"${FLAGS[@]}"} "$target" || return 1
  [ "$MODE" != dry-run ] || return 0
  went_to_registry "$WORK/$1.log" || fail_as "$1" wrong-registry || return 1
  sent_digest "$1"
  prove_push "$1" -
}

# settle: what is written down, and said, when all is over.
settle() {
  write_lock
  [ -z "$REGISTRY_URL" ] || say_unproven
}

# went_to_registry LOG: whether the push named no other destination than the registry.
went_to_registry() {
  local line
  while read -r line; do
    case $line in
      "The push refers to repository [$REGISTRY/"*) ;;
      'The push refers to repository ['*)
        say "$MSG_WRONG_REGISTRY" "$line"
        return 1
        ;;
    esac
  done <"$1"
}

# The images, one a line: the name in the project, then the name at the registry.
images() {
  SOURCES=()
  image minio/minio:latest harbor.example.com:8443/mirror/minio/minio:latest
  image quay.io/minio/minio:latest harbor.example.com:8443/mirror/quay/minio:latest
  image quay.io/prometheus/prometheus:v2.53.1 harbor.example.com:8443/mirror/prometheus/prometheus:v2.53.1
  image redis:7-alpine harbor.example.com:8443/mirror/redis:7-alpine
}

main "$@"
