# What there is to say of a login that is not whole; and whether the registry can be asked by this script.
DETAIL=''
CAN_ASK=''

# The images of the mirror.
IMAGES=()

# image REFERENCE: one line of the list below.
image() {
  IMAGES+=("$1")
}

# test_images: whether the registry has them.
test_images() {
  local image
  [ "${#IMAGES[@]}" -gt 0 ] || return 0
  if test_registry; then
    for image in ${IMAGES[@]+"${IMAGES[@]}"}; do test_image "$image"; done
  else
    for image in ${IMAGES[@]+"${IMAGES[@]}"}; do open image "$image" "$MSG_ROW_NO_REGISTRY"; done
  fi
}

# test_registry: whether it answers, with whatever login there is. Without curl the engine asks, image by image.
test_registry() {
  if ! take_variables "$REGISTRY"; then
    bad registry "$REGISTRY" "$DETAIL"
    return 1
  fi
  if open_registry "$REGISTRY"; then
    good registry "$REGISTRY"
    [ -n "$REGISTRY_HIDDEN" ] && [ -n "$REGISTRY_ASKS" ] || CAN_ASK=yes
    return
  fi
  [ "$REGISTRY_STEP" != curl ] || return 0
  bad_as "$REGISTRY_WORDS" registry "$REGISTRY" "$REGISTRY_FAULT"
  return 1
}

# test_image REFERENCE: by this script where it can, else by the engine's client.
test_image() {
  if [ -z "$CAN_ASK" ]; then
    ask_client "$1"
    return
  fi
  ask_manifest "$1"
  case $REPLY in
    200) good image "$1" ;;
    404) bad image "$1" "$MSG_ROW_NO_IMAGE" ;;
    401 | 403)
      answer_words "$REPLY"
      bad image "$1" "$REPLY"
      if [ -n "$REGISTRY_LOGIN" ]; then classify "$REPLY"; else describe no-login; fi
      explain
      ;;
    *) no_answer "$1" "$REPLY" ;;
  esac
}

# no_answer REFERENCE STATUS: what may pass tells nothing of the image.
no_answer() {
  case $2 in
    000) curl_words "$(curl_error)" ;;
    *) answer_words "$2" ;;
  esac
  classify "$REPLY"
  case $PASSES in
    no) bad image "$1" "$REPLY" ;;
    *) open image "$1" "$REPLY" ;;
  esac
}

# ask_manifest HOST/REPOSITORY:TAG: sets REPLY to the status of the registry's answer.
ask_manifest() {
  local name=${1#*/}
  prove "${name%:*}" pull || return
  request head "url = \"$REGISTRY_URL/v2/${name%:*}/manifests/${name##*:}\"" "header = \"Accept: $ACCEPT\"" "$REPLY"
}

# ask_client REFERENCE: not every client can tell.
ask_client() {
  local trust
  trust=()
  ! is_loopback "$REGISTRY" && [ -z "$INSECURE" ] || trust=(--insecure)
  [ "${#trust[@]}" -eq 0 ] || [ "$ENGINE_KIND" != podman ] || trust=(--tls-verify=false)
  if [ -n "$ENGINE" ] && within 60 "$ENGINE" manifest inspect ${trust[@]+"${trust[@]}"} "$1" >/dev/null 2>"$SCRATCH"; then
    good image "$1"
    return
  fi
  case $(cat "$SCRATCH") in
    *'no such manifest'* | *'manifest unknown'* | *'not found'*) bad image "$1" "$MSG_ROW_NO_IMAGE" ;;
    *denied* | *unauthorized* | *'authentication required'*)
      bad_as "$(last_lines "$SCRATCH")" image "$1" "$(last_lines "$SCRATCH")"
      ;;
    *) open image "$1" "$MSG_TAKES_CURL" ;;
  esac
}
