# The patterns of --only, and those of them that are globs.
ONLY=()
GLOBS=()

# add_only PATTERN: takes one more pattern of --only.
add_only() {
  case $1 in
    '' | *[!A-Za-z0-9._/:@*?-]*) die 2 "$MSG_BAD_PATTERN" "$1" ;;
  esac
  ONLY+=("$1")
  case $1 in
    *[*?]*) GLOBS+=("$1") ;;
  esac
  pattern_key "$1"
  put ASKED "$REPLY" yes
}

# pattern_key PATTERN: sets REPLY to what tables know it by: the full name of what is no glob.
pattern_key() {
  REPLY=$1
  case $1 in
    *[*?]*) ;;
    *) qualify "$1" ;;
  esac
}

# selected REFERENCE...: whether --only asks for an image of these names.
selected() {
  local reference status=1
  [ "${#ONLY[@]}" -gt 0 ] || return 0
  for reference in "$@"; do
    qualify "$reference"
    ! is_named "$REPLY" || status=0
    ! matches "$reference" "$REPLY" || status=0
  done
  return "$status"
}

# is_named FULL: whether a pattern that is no glob matches: without tag any tag of that repository, with a tag that
# tag. There may be as many of them as images, where a run is about what failed in the last one.
is_named() {
  local name status=1
  untagged "$1"
  for name in "$1" "${1%%@*}" "$REPLY"; do
    is_in ASKED "$name" || continue
    put MATCHED "$name" yes
    status=0
  done
  REPLY=$1
  return "$status"
}

# matches REFERENCE FULL: whether a glob matches it, with or without what it leaves out.
matches() {
  local name pattern status=1
  [ "${#GLOBS[@]}" -gt 0 ] || return 1
  untagged "$2"
  set -- "$1" "${1%%@*}" "$2" "${2%%@*}" "$REPLY"
  untagged "$1"
  set -- "$@" "$REPLY"
  for pattern in ${GLOBS[@]+"${GLOBS[@]}"}; do
    for name in "$@"; do
      # shellcheck disable=SC2254 # a glob is what it is
      case $name in $pattern) ;; *) continue ;; esac
      put MATCHED "$pattern" yes
      status=0
      break
    done
  done
  return "$status"
}

# check_selection: a pattern that matched nothing is an error.
check_selection() {
  local pattern
  for pattern in ${ONLY[@]+"${ONLY[@]}"}; do
    pattern_key "$pattern"
    is_in MATCHED "$REPLY" || die 2 "$MSG_NO_MATCH" "$pattern"
  done
}
