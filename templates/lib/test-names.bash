# The names that this run may have given, and the folders by which other runs see that.
NAMES=()
CLAIMS=()

# here IMAGE: whether the engine has an image of that name, made here; REPLY is what it calls it.
here() {
  case $ENGINE_KIND in
    podman) set -- "localhost/$1" "docker.io/library/$1" ;;
  esac
  for REPLY in "$@"; do
    # A bare return in a trap has the status of what came before that.
    ask image inspect --format '{{.Id}}' "$REPLY" && return 0
  done
  return 1
}

# choose_images: what has the name of a build already is not touched: the build gets the next free one.
choose_images() {
  local number name count
  for number in ${IMAGES[@]+"${!IMAGES[@]}"}; do
    name=${IMAGES[$number]} count=1
    while ! claim "$name" || here "$name" || is_taken "$name" "$number"; do
      count=$((count + 1))
      [ "$count" -lt 100 ] || die 3 "$MSG_TEST_NO_FREE" "${IMAGES[$number]}"
      name=${IMAGES[$number]}-$count
    done
    [ "$count" -eq 1 ] || ! chosen "${SERVICES[$number]}" || say "$MSG_TEST_TAKEN" "${IMAGES[$number]}" "$name"
    IMAGES[number]=$name
    [ "$MODE" = dry-run ] || NAMES+=("$name")
  done
}

# claim IMAGE: whether no other run has the name. What a run that was killed leaves only costs a number.
claim() {
  [ "$MODE" != dry-run ] || return 0
  mkdir "${TMPDIR:-/tmp}/compose-relay.$1" 2>/dev/null && CLAIMS+=("${TMPDIR:-/tmp}/compose-relay.$1")
}

# is_taken IMAGE NUMBER: whether another build has the name.
is_taken() {
  local number
  for number in ${IMAGES[@]+"${!IMAGES[@]}"}; do
    [ "$number" -eq "$2" ] || [ "${IMAGES[$number]}" != "$1" ] || return 0
  done
  return 1
}

# write_images: the last file that Compose is given: it changes the names of the images and nothing else. Whatever
# Compose builds for a build has its other name, too.
write_images() {
  local number key
  {
    [ -z "$FILE_VERSION" ] || printf 'version: "%s"\n' "$FILE_VERSION"
    printf 'services:\n'
    for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
      printf '  "%s":\n    image: "%s"\n' "${SERVICES[$number]}" "${IMAGES[$number]}"
      [ -z "${WITHOUT[$number]}" ] || printf '    build:\n'
      for key in ${WITHOUT[$number]}; do printf '      %s: !reset []\n' "$key"; done
    done
  } >"$WORK/test-images.yaml" || die 3 "$MSG_NO_WORKDIR" "$WORK"
}

# lend_name NUMBER: other services are built on this one by its own name, so it gets that until the end.
lend_name() {
  local image=${MADE_FOR[$1]} built
  if here "$image"; then
    say "$MSG_TEST_BASE_HERE" "$image"
    return
  fi
  here "${IMAGES[$1]}"
  built=$REPLY
  NAMES+=("$image")
  show "$ENGINE" tag "$built" "$image"
  attempt "$ENGINE" tag "$built" "$image" >"$SCRATCH" 2>&1 || warn "$MSG_TEST_NO_NAME" "$image" "$(last_line "$SCRATCH")"
}
