# How many images are worked on at once.
JOBS=4

# take_jobs --jobs N: for take_flag.
take_jobs() {
  need_value "$@"
  case $2 in
    *[!0-9]* | '' | 0* | ????*) die 2 "$MSG_BAD_JOBS" "$2" ;;
  esac
  JOBS=$2
  AGAIN+=(--jobs "$2")
  REPLY=2
}
