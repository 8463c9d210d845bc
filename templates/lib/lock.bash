# The columns of the file.
LOCK_HEADER=$'source\tsource digest\ttarget\ttarget digest\tplatform'

# open_lock: that it can be written must be clear before anything starts.
open_lock() {
  find_lock
  folder_of "$LOCK"
  if [ -e "$LOCK" ] && { [ ! -f "$LOCK" ] || [ ! -w "$LOCK" ]; } || [ ! -w "$REPLY" ]; then
    die 2 "$MSG_NO_LOCK" "$LOCK"
  fi
}

# write_lock: lays what this run found out over what is written down. Another run may do the same at this moment.
write_lock() {
  [ -n "$(new_rows)" ] || return 0
  seize_lock && shielded replace_lock && return
  warn "$MSG_NO_LOCK" "$LOCK"
  UNWRITTEN=1
}

# new_rows: what this run found out. That it takes no program and no file lets it be written where TMPDIR is full.
new_rows() {
  local number row
  for ((number = 0; number < TOTAL; number++)); do
    [ ! -s "$WORK/$number.digests" ] || ! IFS= read -r row <"$WORK/$number.digests" || printf '%s\n' "$row"
  done
}

# seize_lock: one run at a time. What a killed run has left counts for a minute; returns 1 where it cannot be taken
# away, or the folder cannot be written any more, or a run that is being stopped would have to wait.
seize_lock() {
  local since=$SECONDS
  until shielded mkdir "$LOCK.lock" 2>/dev/null; do
    [ -z "$STOP" ] || [ $((SECONDS - since)) -lt 1 ] || return 1
    if [ $((SECONDS - since)) -ge 60 ]; then
      rmdir "$LOCK.lock" 2>/dev/null || return 1
      since=$SECONDS
    fi
    sleep 0.1
  done
}

# replace_lock: puts the new file in the place of the old one where it has something new, and lets the next run have it.
replace_lock() {
  local status=0
  (umask 022 && merge_rows >"$LOCK.$$") && { is_old || mv -f "$LOCK.$$" "$LOCK"; } || status=1
  rm -f "$LOCK.$$"
  rmdir "$LOCK.lock"
  return "$status"
}

# is_old: whether the new file says what the old one says.
is_old() {
  [ -f "$LOCK" ] && [ "$(cat "$LOCK")" = "$(cat "$LOCK.$$")" ]
}

# merge_rows: prints the file anew. Rows of one source and platform stand together once they are sorted, the new one
# last.
merge_rows() {
  printf '%s\n' "$LOCK_HEADER"
  {
    old_rows
    new_rows
  } | LC_ALL=C sort | merge_neighbours | LC_ALL=C sort
}

# old_rows: the rows of the file, in the order of columns in which they are merged.
old_rows() {
  local source source_digest target target_digest platform
  [ -f "$LOCK" ] || return 0
  while IFS=$'\t' read -r source source_digest target target_digest platform; do
    [ "$source" != source ] || continue
    printf '%s\t%s\t1\t%s\t%s\t%s\n' "$source" "${platform%$'\r'}" "$source_digest" "$target" "$target_digest"
  done <"$LOCK"
}

# merge_neighbours: one row for each source and platform. What is known stays where nothing new is; but a source that
# is another image now has not been pushed, nor is what was pushed of an unknown one known to be what came since.
merge_neighbours() {
  local source platform source_digest target target_digest
  local key='' row_source='' row_platform='' row_digest='' row_target='' row_target_digest=''
  while IFS=$'\t' read -r source platform _ source_digest target target_digest; do
    if [ "$source $platform" != "$key" ]; then
      [ -z "$key" ] || print_row
      key="$source $platform"
      row_source=$source row_platform=$platform
      row_digest=$source_digest row_target=$target row_target_digest=$target_digest
      continue
    fi
    if [ "$source_digest" != - ]; then
      [ "$row_digest" = "$source_digest" ] || row_target_digest=-
      row_digest=$source_digest
    fi
    [ "$target" != - ] || continue
    # What is another image there now, by who knows what, is not that source.
    case $source_digest,$row_target_digest in
      -,- | -,"$target_digest") ;;
      -,*) row_digest=- ;;
    esac
    row_target=$target row_target_digest=$target_digest
  done
  [ -z "$key" ] || print_row
}

print_row() {
  printf '%s\t%s\t%s\t%s\t%s\n' "$row_source" "$row_digest" "$row_target" "$row_target_digest" "$row_platform"
}
