# yes once something is wrong with the set.
FAULTY=''

# take_set --from DIR: for take_flag.
take_set() {
  need_value "$@"
  [ -n "$2" ] || die 2 "$MSG_BAD_CHOICE" "$1" "$2"
  SET=$2
  AGAIN+=("$1" "$2")
  REPLY=2
}

# find_set: without --from the set is the folder of its usual name here, else beside the script.
find_set() {
  if [ -z "$SET" ] && [ -d "$SET_NAME" ]; then
    SET=./$SET_NAME
  elif [ -z "$SET" ]; then
    folder_of "$0"
    SET=$REPLY$SET_NAME
  fi
  case $SET in
    -*) SET=./$SET ;;
  esac
  [ -d "$SET/" ] || die 3 "$MSG_SET_NONE" "$SET"
  ls "$SET/." >/dev/null 2>"$WORK/unread" || die 3 "$MSG_SET_CLOSED" "$SET" "$(last_line "$WORK/unread")"
  has_set || die 3 "$MSG_SET_NONE" "$SET"
  SET=${SET%/}
}

# has_set: whether the folder has anything of a set. One that has nothing was not copied by half: it is another folder.
has_set() {
  local file
  for file in "$SET/$SUMS" "$SET/$MANIFEST" "$SET"/images.tar*; do
    ! is_there "${file##*/}" || return 0
  done
  return 1
}

# set_fault FORMAT [ARG...]: says what is wrong with the set. Nothing of it is loaded then.
set_fault() {
  warn "$@"
  FAULTY=yes
}

# is_file NAME: whether that is a file of the set's own folder, and no link to what lies elsewhere.
is_file() {
  [ -f "$SET/$1" ] && [ ! -L "$SET/$1" ]
}

# is_there NAME: whether the set's folder has anything of that name.
is_there() {
  [ -e "$SET/$1" ] || [ -L "$SET/$1" ]
}
