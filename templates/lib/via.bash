# Whether to take what a proxy has where no digest is known that it must have.
TRUST_VIA=''

# The proxy that an image came through, empty if none, and the digest that it has to have; - is unknown.
THROUGH=''
EXPECTED=-

# take_via FLAG [VALUE]: --via and --trust-via, for take_flag.
take_via() {
  if [ "$1" = --trust-via ]; then
    TRUST_VIA=yes
    AGAIN+=("$1")
    REPLY=1
    return
  fi
  need_value "$@"
  case $2 in
    '' | *[!A-Za-z0-9._:/-]* | /* | */ | *//*) die 2 "$MSG_BAD_VIA" "$2" ;;
  esac
  VIA+=("$2")
  AGAIN+=("$1" "$2")
  REPLY=2
}

# pull_via NUMBER NAME: brings an image through the first proxy that has it as it must be, under its own name.
pull_via() {
  local proxy
  THROUGH=''
  [ "${#VIA[@]}" -gt 0 ] || return 1
  expect_digest "$1"
  if [ "$EXPECTED" = - ] && [ -z "$TRUST_VIA" ]; then
    [ "$MODE" = dry-run ] || tell say "$CLEAR$MSG_VIA_UNKNOWN" "${SOURCES[$1]}"
    return 1
  fi
  for proxy in ${VIA[@]+"${VIA[@]}"}; do
    pull_through "$1" "$2" "$proxy" && THROUGH=$proxy && return
  done
  return 1
}

# expect_digest NUMBER: sets EXPECTED to the digest that the image is pinned by, else to the one that is written down.
expect_digest() {
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  EXPECTED=$SOURCE_DIGEST
  case ${SOURCES[$1]} in
    *@*) EXPECTED=${SOURCES[$1]##*@} ;;
  esac
}

# pull_through NUMBER NAME PROXY: one proxy. The name of the proxy stays only where the digest hangs on it.
pull_through() {
  local through
  qualify "${SOURCES[$1]}"
  through=$3/$REPLY
  if ! try "$1" "$ENGINE" pull --platform "${PLATFORMS[$1]}" "$through"; then
    wants_less
    return 1
  fi
  is_expected "$1" "$through" || return 1
  if pinned_tag "$2"; then
    act "$ENGINE" tag "$through" "$REPLY"
  else
    act "$ENGINE" tag "$through" "$2" && act "$ENGINE" rmi "$through"
  fi
}

# is_expected NUMBER NAME: whether an image that has come is what it must be.
is_expected() {
  [ "$MODE" != dry-run ] && [ "$EXPECTED" != - ] || return 0
  printed_digest "$WORK/$1.try"
  [ "$DIGEST" != "$EXPECTED" ] && ! has_digest "$2" "$EXPECTED" || return 0
  tell say "$CLEAR$MSG_VIA_OTHER" "$2" "$DIGEST" "$EXPECTED"
  act "$ENGINE" rmi "$2"
  return 1
}
