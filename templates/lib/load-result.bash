# is_in_set NUMBER: whether the set has that image; else the job has failed.
is_in_set() {
  [ -z "${CONTENTS[$1]}" ] || return 0
  say_lack "$1"
  fail_as "$1" not-in-set
}

# is_sound NUMBER: whether the engine could use what it has loaded. The store of containerd keeps an image that it cannot
# unpack, and only says so: that one has to go, or the next run would find it here.
is_sound() {
  local target=${TARGETS[$1]}
  LC_ALL=C grep -F -e "rror for \"$target\"" "$WORK/load.log" >"$WORK/$1.unsound" 2>/dev/null || return 0
  last_line "$WORK/$1.unsound"
  classify "$(last_lines "$WORK/$1.unsound")"
  [ "$CLASS" = disk-full ] || CLASS=archive
  id_of "$target" || attempt "$ENGINE" rmi "$target" >/dev/null 2>&1
  fail_as "$1" "$CLASS"
}

# say_absent NUMBER: says why an image is not here, and returns 1.
say_absent() {
  if [ -n "$LOAD_CLASS" ]; then
    printf '%s\n' "$LOAD_ERROR"
    fail_as "$1" "$LOAD_CLASS"
  else
    say "$MSG_OTHER_CONTENT" "${TARGETS[$1]}"
    fail_as "$1" content
  fi
}

# note_row NUMBER: lets --result tell the digests that the manifest has.
note_row() {
  local source_digest target_digest
  get ROW "${TARGETS[$1]}"
  IFS='|' read -r _ _ _ source_digest target_digest <<<"$REPLY"
  printf '%s\t%s\t2\t%s\t%s\t%s\n' \
    "${SOURCES[$1]}" "${PLATFORMS[$1]}" "$source_digest" "${TARGETS[$1]}" "$target_digest" >"$WORK/$1.digests"
}
