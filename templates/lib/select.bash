# The patterns of --only, and for each whether an image matched it.
ONLY=()
ONLY_HIT=()

# add_only PATTERN: takes one more pattern of --only.
add_only() {
  case $1 in
    '' | *[!A-Za-z0-9._/:@*?-]*) die 2 "$MSG_BAD_PATTERN" "$1" ;;
  esac
  ONLY+=("$1")
}

# selected REFERENCE...: whether --only asks for an image of these names.
selected() {
  local index reference hit=1
  [ "${#ONLY[@]}" -gt 0 ] || return 0
  for index in "${!ONLY[@]}"; do
    for reference in "$@"; do
      if matches "${ONLY[$index]}" "$reference"; then
        ONLY_HIT[index]=yes
        hit=0
      fi
    done
  done
  return "$hit"
}

# matches PATTERN REFERENCE: without tag any tag of that repository, with a tag that tag, * and ? as globs.
matches() {
  local full pattern=$1 name
  qualify "$2"
  full=$REPLY
  qualify "$1"
  case $pattern in
    *[*?]*) ;;
    *) pattern=$REPLY ;;
  esac
  untagged "$2"
  set -- "$2" "${2%%@*}" "$REPLY"
  untagged "$full"
  for name in "$full" "${full%%@*}" "$REPLY" "$@"; do
    # shellcheck disable=SC2254 # a glob is what it is
    case $name in $pattern) return 0 ;; esac
  done
  return 1
}

# check_selection: a pattern that matched nothing is an error.
check_selection() {
  local index
  for index in ${ONLY[@]+"${!ONLY[@]}"}; do
    [ -n "${ONLY_HIT[$index]:-}" ] || die 2 "$MSG_NO_MATCH" "${ONLY[$index]}"
  done
}
