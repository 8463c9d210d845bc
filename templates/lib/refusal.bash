# bad_answer STATUS: a step failed by what the registry answered, or did not.
bad_answer() {
  local said
  if [ "$1" = 000 ]; then
    said=$(curl_error)
    curl_words "$said"
    break_as "$REPLY" "${said:-$REPLY}"
  else
    answer_words "$1"
    break_as "$REPLY" "$REPLY"
  fi
}

# forbidden STATUS REPOSITORY: the login holds, so the reason is one of those that are left; not all can be told apart.
forbidden() {
  bad_answer "$1"
  case $CLASS in
    quota | rate-limit) return 1 ;;
  esac
  classify 'requested access to the resource is denied'
  say_cause "$MSG_CAUSE_FORBIDDEN"
  case $REPOSITORY_IS in
    there) say_cure "$MSG_CURE_RIGHT" "$2" ;;
    *) say_cure "$MSG_CURE_ORDER" "${2%/*}" "$2" ;;
  esac
}

# nowhere REPOSITORY: there is no place for an upload. Harbor and others say which part is missing.
nowhere() {
  bad_answer 404
  case $DETAIL in
    *[Pp]roject* | *[Nn]amespace*)
      say_cause "$MSG_CAUSE_NAMESPACE" "${1%/*}"
      say_cure "$MSG_CURE_NAMESPACE" "${1%/*}"
      ;;
    *)
      say_cause "$MSG_CAUSE_REPOSITORY" "$1"
      say_cure "$MSG_CURE_REPOSITORY" "$1" "${1%/*}"
      ;;
  esac
}

# say_cause FORMAT [ARG...], say_cure: what is known here better than from the text alone.
say_cause() {
  # shellcheck disable=SC2059 # the formats are the MSG_ constants of this script
  printf -v CAUSE -- "$@"
  return 1
}

say_cure() {
  # shellcheck disable=SC2059
  printf -v CURE -- "$@"
  return 1
}
