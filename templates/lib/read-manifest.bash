# The form of a row of the manifest, without its line feed.
ROW_NAME='[A-Za-z0-9][A-Za-z0-9._:-]*(/[A-Za-z0-9._:-]+)*'
ROW_DIGEST='[a-z0-9]+:[0-9a-f]{32,128}'
ROW_FORM="^$ROW_NAME(@$ROW_DIGEST)?"$'\t'"(-|$ROW_DIGEST)"$'\t'"$ROW_NAME/[A-Za-z0-9._-]+:[A-Za-z0-9._-]+"$'\t'
ROW_FORM=$ROW_FORM"(-|$ROW_DIGEST)"$'\t''[a-z0-9]+/[a-z0-9]+(/[a-z0-9.]+)?'$'\t''sha256:[0-9a-f]{64}$'

# The names that the images of the set have in the archive; what else a row says is in the table ROW.
HELD=()

# read_manifest: learns what the images of the set are. A file that is not what the sums say tells nothing.
read_manifest() {
  local line number=0
  is_in SUM "$MANIFEST" || return 0
  check_file "$MANIFEST"
  case $? in
    0) ;;
    2)
      byte_count "$MANIFEST"
      set_fault "$MSG_SET_DAMAGED" "$MANIFEST" "$REPLY"
      return
      ;;
    *) return ;;
  esac
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    take_row "$number" "${line%$'\r'}"
  done <"$SET/$MANIFEST"
  [ "$number" -gt 0 ] || set_fault "$MSG_SET_BAD_LINE" "$MANIFEST" 1
}

# take_row NUMBER LINE: one line of the manifest; the first has the names of the columns.
take_row() {
  local LC_ALL=C source source_digest target target_digest platform content
  if [ "$1" -eq 1 ]; then
    [ "$2" = "$MANIFEST_HEADER" ] || set_fault "$MSG_SET_BAD_LINE" "$MANIFEST" 1
    return
  fi
  if ! [[ $2 =~ $ROW_FORM ]]; then
    set_fault "$MSG_SET_BAD_LINE" "$MANIFEST" "$1"
    return
  fi
  IFS=$'\t' read -r source source_digest target target_digest platform content <<<"$2"
  if is_in ROW "$target"; then
    set_fault "$MSG_SET_TWICE" "$MANIFEST" "$1" "$target"
  else
    put ROW "$target" "$source|$platform|$content|$source_digest|$target_digest"
    HELD+=("$target")
  fi
}
