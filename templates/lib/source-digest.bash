# note_source NUMBER NAME: writes down what has come; not what was taken on trust.
note_source() {
  [ -z "$THROUGH" ] || [ "$EXPECTED" != - ] || return 0
  printed_digest "$WORK/$1.try"
  [ "$DIGEST" != - ] || known_digest "$2"
  [ "$DIGEST" = - ] || note_digests "$1" "$DIGEST" - -
}

# note_known NUMBER NAME: writes down what came without being written down, as when a signal ends a run. Where proxies
# are asked it may have come on trust, which engines do not remember.
note_known() {
  [ "${#VIA[@]}" -eq 0 ] || return 0
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  [ "$SOURCE_DIGEST" = - ] || return 0
  known_digest "$2"
  [ "$DIGEST" = - ] || note_digests "$1" "$DIGEST" - -
}

# known_digest NAME: sets DIGEST to one that its own registry has for an image, as far as the engine knows: that of the
# index where it came by one, else, and sometimes on Podman, that of the image itself.
known_digest() {
  local name
  DIGEST=-
  ask_digests "$1" || return 0
  untagged "$1"
  while read -r name; do
    [ "${name%@*}" != "$REPLY" ] || DIGEST=${name##*@}
  done <"$SCRATCH"
  is_digest "$DIGEST" || DIGEST=-
}
