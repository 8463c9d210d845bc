# remote_digest NAME [once]: sets REPLY to the digest that this has at its registry; returns 1 when there is no such
# image, 2 when that is not known, and then REPLY is empty. Where the registry cannot be asked the program is; `once`
# says not to wait for the program, too, where there was no answer.
remote_digest() {
  local status=2
  if enter_registry "${1%%/*}"; then
    ask_digest "$1"
    status=$?
  fi
  if [ "$status" -eq 2 ] && [ "$REPLY${2:-}" != 000once ]; then
    copier_digest "$1"
    status=$?
  fi
  [ "$status" -eq 0 ] || REPLY=''
  return "$status"
}

# is_there NUMBER: whether nothing is to be done: both registries still have what was written down, and that is one
# platform or all of them, as this run wants it. One question for each.
is_there() {
  local target=${TARGETS[$1]}
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  [ "$TARGET" = "$target" ] && [ "$SOURCE_DIGEST" != - ] && [ "$TARGET_DIGEST" != - ] || return 1
  [ -z "$ALL" ] || [ "$SOURCE_DIGEST" = "$TARGET_DIGEST" ] || return 1
  origin_is "$1" "$SOURCE_DIGEST" && remote_digest "$target" && [ "$REPLY" = "$TARGET_DIGEST" ] || return 1
  [ -n "$ALL" ] || [ "$SOURCE_DIGEST" != "$TARGET_DIGEST" ] || has_one_platform || return 1
  note_digests "$1" "$SOURCE_DIGEST" "$target" "$TARGET_DIGEST"
}

# has_one_platform: whether the last thing that was asked for is an image, and not an index of several.
has_one_platform() {
  if take_header content-type:; then
    case $REPLY in
      *index* | *list*) return 1 ;;
    esac
  else
    mv -f "$SCRATCH.body" "$SCRATCH.manifest"
    ! is_index
  fi
}
