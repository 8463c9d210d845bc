# start_project: pulls, starts and proves; standard input has the digests that images must have.
start_project() {
  read_digests
  [ "$MODE" = dry-run ] || [ -d "$TO" ] || die 1 "$MSG_DEPLOY_NO_FOLDER_THERE" "$TO"
  # The project may have other ideas in its .env; nothing is ever removed here.
  export COMPOSE_PROFILES=$PROFILES COMPOSE_REMOVE_ORPHANS=0 COMPOSE_IGNORE_ORPHANS=1
  PROJECT_DIR=$TO
  open_host
  pull_images
  prove_images
  apply_aliases
  start_services
  [ "$MODE" != dry-run ] || return 0
  await_health
  prove_containers
  mark step ps
  compose ps || die 1 "$MSG_DEPLOY_PS_FAILED"
}

# read_digests: one line for each image: its name and the digest that the lock has.
read_digests() {
  local name digest
  while read -r name digest && [ "$name" != end ]; do
    put DIGEST "$name" "$digest"
  done
}

# pull_images: what is relayed comes from the registry, by the compose file where its names are those to pull by;
# nothing else is pulled.
pull_images() {
  local number services=''
  mark step pull
  for number in ${IMAGE_STATES[@]+"${!IMAGE_STATES[@]}"}; do
    [ "${IMAGE_STATES[$number]}" = relay ] || continue
    vpc_name "${IMAGE_NAMES[$number]}"
    case ${IMAGE_USES[$number]},$REPLY in
      run,"${IMAGE_NAMES[$number]}") services="$services ${IMAGE_SERVICES[$number]}" ;;
      *) pull_image "$REPLY" "${IMAGE_NAMES[$number]}" "${IMAGE_PLATFORMS[$number]}" ;;
    esac
  done
  # shellcheck disable=SC2086 # names of services have no blanks
  [ -z "$services" ] || persist compose pull -q $services
  [ "$MODE" = dry-run ] || say "$MSG_DEPLOY_HOST_PULLED"
}

# pull_image FROM NAME PLATFORM: what Compose does not pull, for no service runs it or it comes by another name.
pull_image() {
  show "$ENGINE" pull --platform "$3" "$1"
  [ "$MODE" = dry-run ] || persist attempt "$ENGINE" pull --platform "$3" "$1"
  [ "$1" != "$2" ] || return 0
  show "$ENGINE" tag "$1" "$2"
  [ "$MODE" = dry-run ] || persist attempt "$ENGINE" tag "$1" "$2"
}

# persist COMMAND...: tries again what may pass, or ends the script with the cause.
persist() {
  local pause
  for pause in 2 4 8 ''; do
    "$@" 2>"$SCRATCH" && return
    classify "$(last_lines "$SCRATCH")"
    case $pause,$PASSES in
      ,* | *,no) break ;;
    esac
    say "$MSG_DEPLOY_PULL_AGAIN" "$CAUSE" "$pause"
    attempt sleep "$pause"
  done
  cat "$SCRATCH" >&2
  die 1 "$MSG_DEPLOY_PULL_FAILED" "$(last_line "$SCRATCH")" "$CAUSE" "$CURE"
}

# prove_images: before anything is started, what was pulled must be what the lock has.
prove_images() {
  local number name unproven=0
  [ "$MODE" != dry-run ] || return 0
  mark step lock
  for number in ${IMAGE_STATES[@]+"${!IMAGE_STATES[@]}"}; do
    [ "${IMAGE_STATES[$number]}" = relay ] || continue
    name=${IMAGE_NAMES[$number]}
    if ! is_in DIGEST "$name"; then
      unproven=$((unproven + 1))
      continue
    fi
    has_digest "$name" "$name" || die 1 "$MSG_DEPLOY_OTHER_IMAGE" "$name" "$REPLY"
  done
  [ "$unproven" -eq 0 ] || warn "$MSG_DEPLOY_HOST_UNPROVEN" "$unproven"
}

# has_digest IMAGE NAME: whether an image here came under the digest that the lock has for a name; sets REPLY to that.
has_digest() {
  get DIGEST "$2"
  ask image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" &&
    grep -F -e "@$REPLY" "$SCRATCH" >/dev/null
}

# apply_aliases: gives images the other names that something here may ask for.
apply_aliases() {
  local number source
  [ -n "$ALIASES" ] || return 0
  mark step alias
  set --
  for number in ${IMAGE_SOURCES[@]+"${!IMAGE_SOURCES[@]}"}; do
    source=${IMAGE_SOURCES[$number]%%@*}
    untagged "$source"
    [ "$REPLY" = "$source" ] || set -- "$@" "$source"
  done
  [ $# -gt 0 ] || return 0
  set -- bash "$TO/tag-image-smart.sh" tag-localhost --network internal -- "$@"
  show "$@"
  [ "$MODE" != dry-run ] || return 0
  if ! attempt env CONTAINER_ENGINE="$ENGINE" "$@" >"$SCRATCH" 2>&1; then
    cat "$SCRATCH" >&2
    die 1 "$MSG_DEPLOY_ALIAS_FAILED" "$(last_line "$SCRATCH")"
  fi
  say "$MSG_DEPLOY_ALIASED"
}

# start_services: starts what runs, without a build or a pull. What has changed under a container that stays needs a
# new start.
start_services() {
  local never='' before stale=''
  mark step up
  # shellcheck disable=SC2086 # names of services have no blanks
  set -- $ACTIVE
  if within 20 ${COMPOSE[@]+"${COMPOSE[@]}"} up --help >"$SCRATCH" 2>/dev/null && grep '^ *[-]-pull ' "$SCRATCH" >/dev/null; then
    never='--pull never'
  fi
  [ "$MODE" = dry-run ] || survey_containers
  before=$CONTAINER_IDS
  # shellcheck disable=SC2086 # two words or none
  compose up -d --no-build $never "$@" || die 1 "$MSG_DEPLOY_NOT_STARTED"
  [ "$MODE" != dry-run ] || return 0
  need_containers
  say "$MSG_DEPLOY_STARTED" "$#"
  [ -f "$STATE/restart" ] || return 0
  find_stale "$before"
  stale=$REPLY
  # shellcheck disable=SC2086 # names of services have no blanks
  [ -z "$stale" ] || compose restart $stale || die 1 "$MSG_DEPLOY_NOT_STARTED"
  rm -f "$STATE/restart"
}

# find_stale CONTAINERS: sets REPLY to the services whose files have changed and whose containers are those of before.
find_stale() {
  local number changed name stale=''
  changed=" $(tr '\n' ' ' <"$STATE/restart") "
  for number in ${CONTAINERS[@]+"${!CONTAINERS[@]}"}; do
    name=${CONTAINER_SERVICES[$number]}
    case $changed in
      *" $name "*) ;;
      *) continue ;;
    esac
    case "$1|$stale " in
      *"|"*" $name "*) ;;
      *" ${CONTAINERS[$number]} "*) stale="$stale $name" ;;
    esac
  done
  REPLY=$stale
}
