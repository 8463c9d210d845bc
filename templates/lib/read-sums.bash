# The files of the archive, in their order.
PARTS=()

# The names of archives and their parts that the sums have.
NAMED=()

# read_sums: learns of which files the set is, and the sum of each. A carried medium may have anything: only lines of the
# one form and names of the one kind count.
read_sums() {
  local line number=0
  is_there "$SUMS" || die 3 "$MSG_SET_UNFINISHED" "$SET" "$SUMS"
  is_file "$SUMS" || die 3 "$MSG_SET_NO_FILE" "$SUMS"
  head -n 1 "$SET/$SUMS" >/dev/null 2>"$WORK/unread" ||
    die 3 "$MSG_SET_CLOSED" "$SUMS" "$(last_line "$WORK/unread")"
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    # So many files no set has.
    [ "$number" -le 1001 ] || break
    take_sum "$number" "${line%$'\r'}"
  done <"$SET/$SUMS"
  is_in SUM "$MANIFEST" || set_fault "$MSG_SET_UNNAMED" "$SUMS" "$MANIFEST"
  order_parts
}

# take_sum NUMBER LINE: one line of the sums.
take_sum() {
  local sum=${2%%  *} name=${2#*  }
  if ! is_digest "sha256:$sum" || ! is_set_file "$name" || [ "$2" != "$sum  $name" ]; then
    set_fault "$MSG_SET_BAD_LINE" "$SUMS" "$1"
  elif is_in SUM "$name"; then
    set_fault "$MSG_SET_TWICE" "$SUMS" "$1" "$name"
  else
    put SUM "$name" "$sum"
    [ "$name" = "$MANIFEST" ] || NAMED+=("$name")
  fi
}

# is_set_file NAME: whether a file of a set may have that name.
is_set_file() {
  case $1 in
    *.000) return 1 ;;
    "$MANIFEST" | images.tar | images.tar.gz) ;;
    images.tar.[0-9][0-9][0-9] | images.tar.gz.[0-9][0-9][0-9]) ;;
    *) return 1 ;;
  esac
}

# order_parts: sets PARTS: one archive, or its parts from 001 on without a gap.
order_parts() {
  local name form='' highest=0 number part
  for name in ${NAMED[@]+"${NAMED[@]}"}; do
    number=0 part=$name
    case $name in
      *.[0-9][0-9][0-9]) number=$((10#${name##*.})) part=${name%.*}. ;;
    esac
    [ "${form:-$part}" = "$part" ] || set_fault "$MSG_SET_MIXED" "$SUMS" "$name"
    form=${form:-$part}
    [ "$number" -le "$highest" ] || highest=$number
  done
  name_parts "${form:-images.tar}" "$highest"
}

# name_parts FORM HIGHEST: puts all parts up to that number into PARTS; without parts the archive itself.
name_parts() {
  local number name
  PARTS=("$1")
  [ "$2" -eq 0 ] || PARTS=()
  for ((number = 1; number <= $2; number++)); do
    printf -v name '%s%03d' "$1" "$number"
    PARTS[${#PARTS[@]}]=$name
  done
  for name in ${PARTS[@]+"${PARTS[@]}"}; do
    is_in SUM "$name" || set_fault "$MSG_SET_UNNAMED" "$SUMS" "$name"
  done
}
