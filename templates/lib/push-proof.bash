# sent_digest NUMBER: sets DIGEST to what the engine says that it has sent; Podman writes it to a file.
sent_digest() {
  printed_digest "$WORK/$1.try"
  [ ! -s "$WORK/$1.sent" ] || read -r DIGEST <"$WORK/$1.sent"
  is_digest "$DIGEST" || DIGEST=-
}

# is_there NUMBER NAME: whether the registry still has what was written down for an image that has not changed here
# since: its local name at the registry is that same image.
is_there() {
  local target=${TARGETS[$1]}
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  [ "$TARGET" = "$target" ] && [ "$TARGET_DIGEST" != - ] || return 1
  are_same "$2" "$target" || return 1
  remote_digest "$target" && [ "$REPLY" = "$TARGET_DIGEST" ] || return 1
  note_digests "$1" - "$target" "$REPLY"
}

# say_unproven: for how many images nobody could compare what the registry has with what was sent.
say_unproven() {
  local number count=0
  for ((number = 0; number < TOTAL; number++)); do
    [ "${STATES[$number]:-}" != 'done' ] || [ ! -f "$WORK/$number.unproven" ] || count=$((count + 1))
  done
  [ "$count" -eq 0 ] || warn "$MSG_UNPROVEN" "$count"
}
