# tag_external: the original and localhost/ have the same rank, each is made from the other.
tag_external() {
  local original localhost
  say "$MSG_EXTERNAL"
  image_id "$ORIGINAL"
  original=$REPLY
  image_id "$LOCAL"
  localhost=$REPLY
  case ${original:+original}+${localhost:+localhost} in
    +) tag_given "$ORIGINAL" ;;
    original+) add_name "$ORIGINAL" "$LOCAL" "$original" '' ;;
    +localhost) add_name "$LOCAL" "$ORIGINAL" "$localhost" '' ;;
    *) settle "$original" "$localhost" ;;
  esac
}

# settle ORIGINAL_ID LOCAL_ID: two images under the two names are a conflict, unless --prefer decides.
settle() {
  case $PREFER in
    original) add_name "$ORIGINAL" "$LOCAL" "$1" "$2" ;;
    localhost) add_name "$LOCAL" "$ORIGINAL" "$2" "$1" ;;
    *)
      [ "$1" = "$2" ] && say "$MSG_TAG_COMPLETE" "$ORIGINAL" && return
      say "$MSG_TAG_CONFLICT" "$ORIGINAL" "$1" "$LOCAL" "$2"
      return 1
      ;;
  esac
}

# tag_internal: what HARBOR has comes first, then localhost/, then the original.
tag_internal() {
  local remote localhost original
  say "$MSG_INTERNAL"
  image_id "$REMOTE"
  remote=$REPLY
  image_id "$LOCAL"
  localhost=$REPLY
  image_id "$ORIGINAL"
  original=$REPLY
  if [ -n "$remote" ]; then
    say "$MSG_HARBOR_HERE" "$REMOTE"
    add_name "$REMOTE" "$ORIGINAL" "$remote" "$original" && add_name "$REMOTE" "$LOCAL" "$remote" "$localhost"
  elif [ -n "$localhost" ]; then
    say "$MSG_LOCAL_HERE" "$LOCAL"
    say "$MSG_USE_LOCAL"
    add_name "$LOCAL" "$ORIGINAL" "$localhost" "$original"
  elif [ -n "$original" ]; then
    say "$MSG_ORIGINAL_HERE" "$ORIGINAL"
    say "$MSG_USE_ORIGINAL"
    add_name "$ORIGINAL" "$LOCAL" "$original" ''
  else
    tag_given "$REMOTE"
  fi
}

# image_id REFERENCE: sets REPLY to the id of the local image, empty when there is none.
image_id() {
  ask image inspect --format '{{.Id}}' "$1"
  read -r REPLY <"$SCRATCH"
}

# add_name FROM TO FROM_ID TO_ID: makes TO name what FROM names. TO_ID is what it named before, or empty.
add_name() {
  [ "$3" = "$4" ] && say "$MSG_TAG_COMPLETE" "$2" && return
  [ -z "$4" ] || say "$MSG_TAG_MOVES" "$2" "$4" "$3"
  if [ "$MODE" = dry-run ]; then
    show "$ENGINE" tag "$1" "$2"
  elif attempt "$ENGINE" tag "$1" "$2" 2>"$SCRATCH"; then
    say "$MSG_TAG_MADE" "$1" "$2"
  else
    say "$MSG_TAG_FAILED" "$1" "$2" "$(last_line "$SCRATCH")"
    return 1
  fi
}

# tag_given IMAGE: it is here under none of its names; the name that was given may still be another one.
tag_given() {
  local id
  image_id "$GIVEN"
  id=$REPLY
  if [ -z "$id" ]; then
    say "$MSG_TAG_NO_SOURCE" "$1"
    return 1
  fi
  add_name "$GIVEN" "$ORIGINAL" "$id" '' && add_name "$GIVEN" "$LOCAL" "$id" ''
}
