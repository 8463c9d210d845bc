# Which of two different images is right: original or localhost; empty where nobody has said it.
PREFER=''

# tag_image IMAGE: gives it all its names.
tag_image() {
  set_names "$1" || return 1
  case $NETWORK in
    external) say "$MSG_EXTERNAL" ;;
    internal) say "$MSG_INTERNAL" ;;
  esac
  if [ "$NETWORK" = internal ] && from_harbor; then
    give_names
  elif [ "$NETWORK$PREFER" = internal ]; then
    from_localhost || from_original || from_given || return 1
    give_names
  else
    from_equals || from_given || return 1
    agree && give_names
  fi
}

# agree: two images under the names of one are a conflict, unless --prefer decides.
agree() {
  local name
  [ -z "$PREFER" ] || return 0
  for name in "$ORIGINAL" ${LOCAL:+"$LOCAL"} ${SHORT:+"$SHORT" "$LOCAL_SHORT"}; do
    if id_of "$name" && [ "$REPLY" != "$FROM_ID" ]; then
      say "$MSG_TAG_CONFLICT" "$FROM" "${FROM_ID:0:12}" "$name" "${REPLY:0:12}"
      return 1
    fi
  done
}

# give_names: makes every name one of what FROM names.
give_names() {
  local name status=0
  for name in "$ORIGINAL" ${LOCAL:+"$LOCAL"} ${SHORT:+"$SHORT" "$LOCAL_SHORT"}; do
    [ "$name" = "$FROM" ] || add_name "$name" || status=1
  done
  return "$status"
}

# add_name NAME: makes it one of what FROM names.
add_name() {
  local old
  id_of "$1"
  old=$REPLY
  [ "$old" = "$FROM_ID" ] && say "$MSG_TAG_COMPLETE" "$1" && return
  [ -z "$old" ] || say "$MSG_TAG_MOVES" "$1" "${old:0:12}" "${FROM_ID:0:12}"
  write_engine tag "$FROM" "$1" || return 1
  set_id "$1" "$FROM_ID"
  [ "$MODE" = dry-run ] || say "$MSG_TAG_MADE" "$FROM" "$1"
}

# write_engine ARG...: has the engine change something; with --dry-run shows it.
write_engine() {
  if [ "$MODE" = dry-run ]; then
    show "$ENGINE" "$@"
  elif ! attempt "$ENGINE" "$@" >"$SCRATCH" 2>&1; then
    say "$MSG_TAG_FAILED" "$*" "$(last_line "$SCRATCH")"
    return 1
  fi
}
