# What there is of the set: nothing, another one, some of it, or all of it.
FOUND=nothing

# The files of the archive, in their order.
FILES=()

# look_at_set: finds out what there is. What is called like a set and is none belongs to others.
look_at_set() {
  find_data
  if ! is_manifest "$SET/$MANIFEST"; then
    if [ "${#DATA_FILES[@]}" -gt 0 ] || [ -e "$SET/$MANIFEST" ] || [ -e "$SET/$SUMS" ]; then
      die 3 "$MSG_SAVE_FOREIGN" "$SET"
    fi
    return
  fi
  FOUND=other
  spare_set
  same_images || return 0
  FOUND=some
  [ -f "$SET/$SUMS" ] || return 0
  FOUND=other
  list_archive
  ! has_form || FOUND=all
}

# spare_set: a set is replaced where its project has other images now, and not where it is that of another project or has
# more than --only names.
spare_set() {
  local others repositories
  compare_images
  [ "$others" -gt 0 ] || return 0
  [ "${#ONLY[@]}" -eq 0 ] || die 3 "$MSG_SAVE_HAS_OTHERS" "$SET"
  [ "$repositories" -gt 0 ] || die 3 "$MSG_SAVE_OTHER_PROJECT" "$SET"
}

# is_manifest FILE: whether it is one.
is_manifest() {
  [ -f "$1" ] && [ ! -L "$1" ] && IFS= read -r REPLY <"$1" && [ "$REPLY" = "$MANIFEST_HEADER" ]
}

# has_form: whether the set that is there has the form that is asked for: parts of that size, or one archive.
has_form() {
  local file left=${#FILES[@]} listed=''
  for file in ${FILES[@]+"${FILES[@]}"}; do
    left=$((left - 1))
    bytes_of "$file"
    case $((REPLY > 0)),$((SPLIT > 0)),$((REPLY < SPLIT)),$((REPLY == SPLIT)),$left in
      1,0,* | 1,1,0,1,* | 1,1,1,0,0) ;;
      *) return 1 ;;
    esac
    listed=$listed${file##*/}$'\n'
  done
  [ "$listed$MANIFEST" = "$(sed 's/^[^ ]*  //' "$SET/$SUMS")" ]
}

# prove_set: reads a set of which all is there. Where it is not what its sums say, only what comes before that is kept.
prove_set() {
  local sum is good=0
  say "$MSG_SAVE_PROVING" "$SET"
  if ! phase read sum_files ${FILES[@]+"${FILES[@]}"} "$SET/$MANIFEST"; then
    # What cannot be read just now may be whole.
    [ -n "$STOP" ] || explain_log flow "$MSG_NO_ERROR"
    end_failed
  fi
  while read -r sum _ <&3 && read -r is _ <&4 && [ "$sum" = "$is" ]; do
    good=$((good + 1))
  done 3<"$SET/$SUMS" 4<"$WORK/sums"
  [ "$good" -le "${#FILES[@]}" ] || return 0
  if [ "$good" -eq "${#FILES[@]}" ]; then
    rm -f "$SET/$SUMS"
    return
  fi
  warn "$MSG_SAVE_DAMAGED" "${FILES[$good]}"
  FOUND=some
  rm -f "$SET/$SUMS" ${FILES[@]+"${FILES[@]:$good}"}
  return 1
}

# renew_manifest: digests may have become known since a set was made, or its sum may be wrong.
renew_manifest() {
  [ ! -f "$SET/$SUMS" ] || [ "$(cat "$WORK/manifest")" != "$(cat "$SET/$MANIFEST")" ] || return 0
  rm -f "$SET/$SUMS" && put_file "$WORK/manifest" "$MANIFEST" && finish_set
}

# begin_set: keeps what is of use, removes all else that is ours, and writes down what the set will be.
begin_set() {
  rm -f "$SET/$SUMS" "$SET/$SUMS.partial" || return 1
  FILES=() KEPT=0
  if [ "$FOUND" = other ]; then
    say "$MSG_SAVE_REPLACED" "$SET"
  elif [ -n "$SPLIT" ]; then
    number_parts "$SPLIT" && count_parts && keep_parts "$REPLY"
  else
    [ -e "$PARTIAL" ] || [ ! -e "$SET/$ARCHIVE" ] || mv "$SET/$ARCHIVE" "$PARTIAL"
    bytes_of "$PARTIAL"
    KEPT=$REPLY FILES=("$PARTIAL")
  fi
  find_data
  remove_data && put_file "$WORK/manifest" "$MANIFEST"
}

# keep_parts COUNT: the first ones are kept.
keep_parts() {
  local number
  KEPT=$(($1 * SPLIT))
  for ((number = 1; number <= $1; number++)); do
    part "$number"
    FILES+=("$REPLY")
  done
}

# save_set: writes what is missing, and proves all by what the disk gives back. Where that is not what the engine has
# sent, what was kept is of another archive, or was damaged: it is written once more from the beginning.
save_set() {
  local kept=$KEPT status=1
  write_archive || return 1
  if correct_kept; then
    is_proven
    status=$?
  fi
  [ -z "$STOP" ] || return 1
  if [ "$status" -eq 2 ]; then
    explain_log flow "$MSG_NO_ERROR"
    return 1
  elif [ "$status" -ne 0 ]; then
    drop_data || return 1
    if [ "$kept" -eq 0 ]; then
      detail "$MSG_SAVE_NOT_READ"
      fail_set read-back "$WORK/flow.log" "$DETAIL"
      return
    fi
    say "$MSG_SAVE_OTHER_BYTES"
    save_set
    return
  fi
  if ! is_whole; then
    detail "$MSG_SAVE_NOT_WHOLE"
    fail_set truncated "$WORK/engine.log" "$DETAIL"
    return
  fi
  if ! still_same; then
    detail "$MSG_SAVE_CHANGED" "$REPLY"
    fail_set changed /dev/null "$DETAIL"
    return
  fi
  { [ -n "$SPLIT" ] || mv -f "$PARTIAL" "$SET/$ARCHIVE"; } 2>"$WORK/files.log" || return 1
  list_archive
  finish_set 2>"$WORK/files.log"
}

# write_archive: puts on the disk what is missing.
write_archive() {
  if [ "$KEPT" -gt 0 ]; then
    size_of "$KEPT"
    say "$MSG_SAVE_GOES_ON" "$REPLY"
  fi
  show ${SAVE[@]+"${SAVE[@]}"}
  if ! phase save stream_archive; then
    [ -n "$STOP" ] || explain_stream
    return 1
  fi
  FILES=("$PARTIAL")
  if [ -n "$SPLIT" ]; then
    number_all || return 1
  fi
}

# number_all: gives all parts their names, which have room for so many only.
number_all() {
  number_parts 1 2>"$WORK/files.log" || return 1
  set -- "$PARTIAL".[a-z][a-z][a-z]
  if [ -s "$1" ]; then
    detail "$MSG_SAVE_MANY_PARTS"
    fail_set unknown "$WORK/keep.log" "$DETAIL"
    return
  fi
  rm -f "$1"
  list_archive
}

# is_proven: whether the disk gives back what the engine has sent; 2 where it cannot be read. What is damaged cannot be
# unpacked, either.
is_proven() {
  local sent
  say "$MSG_SAVE_READING"
  if ! phase read read_back ${FILES[@]+"${FILES[@]}"}; then
    [ -n "$GZIP" ] || return 2
    return 1
  fi
  first_word "$WORK/sent"
  sent=$REPLY
  first_word "$WORK/read"
  [ -n "$sent" ] && [ "$REPLY" = "$sent" ]
}

# drop_data: removes all of the archive.
drop_data() {
  FILES=() KEPT=0
  find_data
  remove_data
}

# still_same: whether the names of the archive still stand for what the manifest says; else REPLY is one that does not.
still_same() {
  local source target platform content
  while IFS=$'\t' read -r source _ target _ platform content <&3; do
    [ "$source" = source ] || { content_of "$target" "$platform" && [ "$REPLY" = "$content" ]; } || break
    target=''
  done 3<"$WORK/manifest"
  REPLY=${target:-}
  [ -z "$REPLY" ]
}

# finish_set: writes the sums of all files, last of all.
finish_set() {
  list_sums ${FILES[@]+"${FILES[@]}"} && put_file "$WORK/list" "$SUMS" && { ! type -P sync >/dev/null || sync; }
}
