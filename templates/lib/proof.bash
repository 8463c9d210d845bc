# prove_push NUMBER SOURCE_DIGEST: reads back from the registry what a job has sent, which is DIGEST, and writes down the
# digests. What cannot be read back is not proven, which the summary says.
prove_push() {
  local target=${TARGETS[$1]}
  remote_digest "$target"
  case $? in
    0) agree "$1" || return 1 ;;
    1)
      say "$MSG_NOT_ARRIVED" "$target"
      fail_as "$1" digest
      return
      ;;
    *)
      : >"$WORK/$1.unproven"
      REPLY=$DIGEST
      ;;
  esac
  note_digests "$1" "$2" "$target" "$REPLY"
}

# agree NUMBER: whether REPLY, which the registry has, is DIGEST, which was sent. Not every engine says what it sends.
agree() {
  case $DIGEST in
    "$REPLY") return 0 ;;
    -)
      : >"$WORK/$1.unproven"
      return 0
      ;;
  esac
  say "$MSG_DIFFERENT" "$REPLY" "$DIGEST"
  fail_as "$1" digest
}

# verify_image NUMBER: a job of the pool. Done is what the registry has as it is written down.
verify_image() {
  local target=${TARGETS[$1]}
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  if [ "$TARGET" != "$target" ] || [ "$TARGET_DIGEST" = - ]; then
    say "$MSG_NOT_LOCKED" "$LOCK"
    fail_as "$1" not-locked
    return
  fi
  remote_digest "$target"
  case $? in
    0)
      if [ "$REPLY" = "$TARGET_DIGEST" ]; then
        note_digests "$1" - "$target" "$REPLY"
        return
      fi
      ;;
    1) REPLY=- ;;
    *)
      say "$MSG_CANNOT_ASK"
      return 1
      ;;
  esac
  say "$MSG_MOVED" "$TARGET_DIGEST" "$REPLY"
  fail_as "$1" digest
}
