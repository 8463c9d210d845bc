# Where the digests of what was moved are written down.
LOCK=''

# take_lock --lock FILE: for take_flag.
take_lock() {
  need_value "$@"
  LOCK=$2
  AGAIN+=("$1" "$2")
  REPLY=2
}

# find_lock: the file stands beside the script unless --lock names another.
find_lock() {
  folder_of "$0"
  [ -n "$LOCK" ] || LOCK=${REPLY}relay-lock.tsv
  read_lock
}

# note_digests NUMBER SOURCE_DIGEST TARGET TARGET_DIGEST: lets a job tell what it found out; - is nothing new.
note_digests() {
  printf '%s\t%s\t2\t%s\t%s\t%s\n' "${SOURCES[$1]}" "${PLATFORMS[$1]}" "$2" "$3" "$4" >"$WORK/$1.digests"
}
