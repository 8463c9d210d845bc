# Whether to take what a proxy has where no digest is known that it must have.
TRUST_VIA=''

# The digest that an image has to have there; - is unknown.
EXPECTED=-

# What has kept an image from coming through a proxy in this try, and may pass: its class, and its words.
MISSED=''
MISSED_WORDS=''

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
    '' | *[!]A-Za-z0-9._:/[-]* | [!A-Za-z0-9[]* | */ | *//*) die 2 "$MSG_BAD_VIA" "$2" ;;
  esac
  # Engines take any other first step for one of Docker Hub.
  case ${2%%/*} in
    *[.:]* | localhost) ;;
    *) die 2 "$MSG_BAD_VIA" "$2" ;;
  esac
  VIA+=("$2")
  AGAIN+=("$1" "$2")
  REPLY=2
}

# asks_proxies NUMBER: whether proxies are asked for an image: they are trusted, or there is a digest to hold them to,
# which EXPECTED is set to.
asks_proxies() {
  expect_digest "$1"
  [ "${#VIA[@]}" -gt 0 ] && { [ "$EXPECTED" != - ] || [ -n "$TRUST_VIA" ]; }
}

# tell_unasked NUMBER: says that they are not, if there are any.
tell_unasked() {
  [ "${#VIA[@]}" -eq 0 ] || [ "$MODE" = dry-run ] || tell say "$CLEAR$MSG_VIA_UNKNOWN" "${SOURCES[$1]}"
}

# expect_digest NUMBER: sets EXPECTED to the digest that the image is pinned by, else to the one that is written down.
expect_digest() {
  lock_row "${SOURCES[$1]}" "${PLATFORMS[$1]}"
  EXPECTED=$SOURCE_DIGEST
  case ${SOURCES[$1]} in
    *@*) EXPECTED=${SOURCES[$1]##*@} ;;
  esac
}

# miss_proxy NUMBER PROXY: the image does not come through it, for the reason that its job said last.
miss_proxy() {
  local words
  words=$(job_error "$1")
  tell say "$CLEAR$MSG_VIA_MISSED" "${SOURCES[$1]}" "$2" "$words"
  [ "$PASSES" = no ] || MISSED=$CLASS MISSED_WORDS=$words
  wants_less
}

# fail_through NUMBER: what its own registry says of an image has the last word, unless that cannot pass and what was in
# the way at a proxy may: it may be there alone by now.
fail_through() {
  [ "$PASSES" = no ] && [ -n "$MISSED" ] || return 1
  say '%s' "$MISSED_WORDS"
  describe "$MISSED"
  fail_as "$1" "$MISSED"
}
