# Base images that are here under no name yet.
ABSENT=()

# build_all: six steps. What fails in one of them does not stop the next.
build_all() {
  local status=0
  step 1 "$MSG_STAGE_CHECK"
  find_project
  say "$MSG_PROJECT" "$PROJECT_DIR" "${#SERVICES[@]}"
  find_compose
  name_joint
  step 2 "$MSG_STAGE_ALIASES"
  alias_bases || status=1
  step 3 "$MSG_STAGE_PREFETCH"
  fetch_absent || status=1
  step 4 "$MSG_STAGE_BUILD"
  build_services
  step 5 "$MSG_STAGE_NAMES"
  name_services || status=1
  step 6 "$MSG_STAGE_VERIFY"
  verify_services || status=1
  return "$status"
}

step() {
  say "$MSG_STEP" "$1" "$2"
}

# alias_bases: what is here under no name is pulled in the next step.
alias_bases() {
  local image status=0
  say "$MSG_FOR_BASES" "${#BASES[@]}"
  for image in ${BASES[@]+"${BASES[@]}"}; do
    say "$MSG_TAG_IMAGE" "$image"
    tag_image "$image" && continue
    if first_here "$ORIGINAL" "$LOCAL"; then
      status=1
    else
      ABSENT+=("$image")
    fi
  done
  return "$status"
}

fetch_absent() {
  SOURCES=(${ABSENT[@]+"${ABSENT[@]}"})
  if [ "${#SOURCES[@]}" -eq 0 ]; then
    say "$MSG_NONE_ABSENT"
  elif [ "$NETWORK$HARBOR" = internal ]; then
    say "$MSG_NO_HARBOR"
    return 1
  else
    prefetch
  fi
}
