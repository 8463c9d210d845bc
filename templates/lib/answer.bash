# answer_words STATUS: sets REPLY to what an answer says: the first error in it, and the status.
answer_words() {
  local part key value code='' message=''
  while [ -z "$message" ] && IFS=$'\t' read -r part key value; do
    unquote "$value" || continue
    case $part,$key in
      '"errors","code"') code=$REPLY ;;
      '"errors","message"') message=$REPLY ;;
    esac
  done < <(error_values)
  case $1 in
    401) REPLY='401 Unauthorized' ;;
    403) REPLY='403 Forbidden' ;;
    404) REPLY='404 Not Found' ;;
    429) REPLY='429 Too Many Requests' ;;
    5??) REPLY="received unexpected HTTP status: $1" ;;
    *) REPLY="unexpected HTTP status: $1" ;;
  esac
  REPLY="${code:+$code: }${message:+$message: }$REPLY"
  REPLY=${REPLY//[[:cntrl:]]/ }
}

# error_values: the values of the last answer, if it is an error of a registry and not a web page.
error_values() {
  case $(LC_ALL=C head -c 1 "$SCRATCH.body") in
    '{') json_values "$SCRATCH.body" ;;
  esac
}
