# prefetch: pulls what is missing, then gives it its names. Internal networks have HARBOR alone.
prefetch() {
  [ "$NETWORK" = external ] || [ -n "$HARBOR" ] || die 2 "$MSG_PREFETCH_NO_HARBOR"
  fetch_images
  for_each tag_image && [ "$FAILED" -eq 0 ]
}

# fetch_images: pulls the images of SOURCES, several at once, and says why those failed that did.
fetch_images() {
  local number
  if [ "$MODE" = dry-run ]; then
    for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do fetch_image "$number"; done
    return
  fi
  open_progress "${#SOURCES[@]}"
  run_pool fetch_image "${#SOURCES[@]}" "${JOBS:-4}"
  printf '%s' "$CLEAR"
  [ "$FAILED" -eq 0 ] || shielded list_failures
  [ -z "$STOP" ] || exit "$STOP"
  end_on_signals
  read_ids
}

# fetch_image NUMBER: a job of the pool.
fetch_image() {
  local name platform=$PLATFORM
  set_names "${SOURCES[$1]}" || return 1
  name=$ORIGINAL
  [ "$NETWORK" = external ] || name=$REMOTE
  [ -n "$name" ] || no_remote || return 1
  qualify "$ORIGINAL"
  ! get PLATFORM_OF "$REPLY" || platform=$REPLY
  ! id_of "$name" || ! is_here "$name" "$platform" || return 10
  insist "$1" "$ENGINE" pull --platform "$platform" "$name" || return 1
  if [ "$MODE" = dry-run ]; then
    set_id "$name" pulled
  elif ! is_here "$name" "$platform"; then
    say "$MSG_WRONG_PLATFORM" "${REPLY:-?}" "$platform"
    fail_as "$1" wrong-platform
  fi
}
