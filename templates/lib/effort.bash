# How many images are worked on at once; empty where nobody has said it.
JOBS=''

# take_effort FLAG VALUE: --jobs, --retries and --timeout, for take_flag.
take_effort() {
  need_value "$@"
  case $1 in
    --jobs)
      need_number "$1" "$2" 1 999
      JOBS=$2
      ;;
    --retries)
      need_number "$1" "$2" 0 99
      RETRIES=$2
      ;;
    --timeout)
      need_number "$1" "$2" 0 99999
      TIMEOUT=$2
      ;;
  esac
  AGAIN+=("$1" "$2")
  REPLY=2
}

# need_number FLAG VALUE LEAST MOST: a flag that takes a number.
need_number() {
  case $2 in
    '' | *[!0-9]* | 0?* | ??????*) ;;
    *) [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ] || return 0 ;;
  esac
  die 2 "$MSG_BAD_NUMBER" "$1" "$3" "$4" "$2"
}
