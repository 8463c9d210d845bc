# The parts that are not what the sums say, by their place; the size of each part; and what all but the last must have.
DAMAGED=()
SIZES=()
PART_SIZE=''

# check_parts: holds every file of the archive against its sum, and says of all that are not right what they are.
check_parts() {
  local place
  for place in ${PARTS[@]+"${!PARTS[@]}"}; do
    check_part "$place"
  done
  for place in ${DAMAGED[@]+"${DAMAGED[@]}"}; do
    say_damaged "$place"
  done
  say_others
}

# check_part PLACE: one file of the archive. A whole part tells the size of the others.
check_part() {
  local name=${PARTS[$1]}
  is_in SUM "$name" || return 0
  byte_count "$name"
  SIZES[$1]=$REPLY
  if [ -n "$REPLY" ]; then
    size_of "$REPLY"
    say "$MSG_SET_CHECKING" "$(($1 + 1))" "${#PARTS[@]}" "$name" "$REPLY"
  fi
  check_file "$name"
  case $?,$((${#PARTS[@]} - $1)) in
    0,1) ;;
    0,*) PART_SIZE=${SIZES[$1]} ;;
    2,*) DAMAGED+=("$1") ;;
  esac
}

# check_file NAME: holds a file of the set against its sum; says what is wrong, but that it has another sum, which is 2.
check_file() {
  local wanted
  get SUM "$1"
  wanted=$REPLY
  if ! is_there "$1"; then
    set_fault "$MSG_SET_MISSING" "$1"
  elif ! is_file "$1"; then
    set_fault "$MSG_SET_NO_FILE" "$1"
  elif ! sum_of "$SET/$1" 2>"$WORK/unread"; then
    set_fault "$MSG_SET_UNREADABLE" "$1" "$(last_line "$WORK/unread")"
  elif [ "$REPLY" = "$wanted" ]; then
    return 0
  else
    return 2
  fi
  return 1
}

# byte_count NAME: sets REPLY to the size of a file of the set; empty where that cannot be known.
byte_count() {
  REPLY=''
  ! is_file "$1" || read -r REPLY < <(wc -c 2>/dev/null <"$SET/$1") || :
}

# say_damaged PLACE: its size tells whether it was cut off, or is of another set.
say_damaged() {
  local name=${PARTS[$1]} size=${SIZES[$1]} wanted=''
  if [ "$1" -lt $((${#PARTS[@]} - 1)) ] && [ "${PART_SIZE:-$size}" != "$size" ]; then
    wanted=$PART_SIZE
  fi
  case $wanted in
    '') set_fault "$MSG_SET_DAMAGED" "$name" "$size" ;;
    *) set_fault "$MSG_SET_OTHER_SIZE" "$name" "$size" "$wanted" ;;
  esac
}

# say_others: what looks like a part and is none is only mentioned.
say_others() {
  local file
  for file in "$SET"/images.tar*; do
    if ! is_there "${file##*/}" || is_in SUM "${file##*/}"; then continue; fi
    shell_words "${file##*/}"
    say "$MSG_SET_OTHER" "$REPLY"
  done
}
