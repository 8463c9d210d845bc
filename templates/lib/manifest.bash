# describe_images: writes down what each image is, as the manifest of the set will have it.
describe_images() {
  local number content status=0
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    name_here "$number"
    if ! content_of "$HERE" "${PLATFORMS[$number]}"; then
      warn "$MSG_SAVE_NO_CONTENT" "$ENGINE" "${SOURCES[$number]}"
      status=1
      continue
    fi
    content=$REPLY
    locked_digests "$number"
    note_digests "$number" "$SOURCE_DIGEST" "${TARGETS[$number]}" "$TARGET_DIGEST"
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "${SOURCES[$number]}" "$SOURCE_DIGEST" "${TARGETS[$number]}" "$TARGET_DIGEST" \
      "${PLATFORMS[$number]}" "$content" >>"$WORK/rows" || status=1
  done
  [ "$status" -eq 0 ] || return 1
  {
    printf '%s\n' "$MANIFEST_HEADER"
    LC_ALL=C sort "$WORK/rows"
  } >"$WORK/manifest"
}

# locked_digests NUMBER: sets SOURCE_DIGEST and TARGET_DIGEST to what is written down of an image.
locked_digests() {
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  [ "$TARGET" = "${TARGETS[$1]}" ] || TARGET_DIGEST=-
}

# compare_images: counts the images of the set that this run is not about, as others, and those that are of a repository
# that it is about, as repositories.
compare_images() {
  local source
  others=0 repositories=0
  for source in ${SOURCES[@]+"${SOURCES[@]}"}; do
    untagged "$source"
    put OURS "$source" yes
    put OURS "$REPLY" yes
  done
  while IFS=$'\t' read -r source _; do
    [ "$source" != source ] || continue
    is_in OURS "$source" || others=$((others + 1))
    untagged "$source"
    ! is_in OURS "$REPLY" || repositories=$((repositories + 1))
  done <"$SET/$MANIFEST"
}

# same_images: whether the set is of just these images. Their digests may have become known since.
same_images() {
  [ "$(without_digests "$WORK/manifest")" = "$(without_digests "$SET/$MANIFEST")" ]
}

# without_digests FILE: prints a manifest without these.
without_digests() {
  local source target platform content
  while IFS=$'\t' read -r source _ target _ platform content; do
    printf '%s %s %s %s\n' "$source" "$target" "$platform" "$content"
  done <"$1"
}

# put_file FILE NAME: gives a file of the set these bytes in one step, and no file that a link leads to. What it fails by
# is looked up in English.
put_file() {
  (
    export LC_ALL=C
    rm -f "$SET/$2.partial" && cat "$1" >"$SET/$2.partial" && mv -f "$SET/$2.partial" "$SET/$2"
  )
}
