# parse_flags ARG...: reads the command line; `take_flag ARG...` knows the flags and sets REPLY to the number of words
# that it took.
parse_flags() {
  while [ $# -gt 0 ]; do
    case $1 in
      --*=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        continue
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      *)
        take_flag "$@"
        [ "$REPLY" -gt 0 ] || die 2 "$MSG_FLAG_UNKNOWN" "$1" "$0"
        shift $((REPLY - 1))
        ;;
    esac
    shift
  done
}

# need_value FLAG VALUE...: a flag with a value must have one.
need_value() {
  [ $# -gt 1 ] || die 2 "$MSG_VALUE_MISSING" "$1"
}
