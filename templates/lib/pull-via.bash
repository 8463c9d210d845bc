# The proxy that an image came through; empty if none.
THROUGH=''

# pull_via NUMBER NAME: brings an image through the first proxy that has it as it must be, under its own name.
pull_via() {
  local proxy
  THROUGH=''
  asks_proxies "$1" || return 1
  for proxy in ${VIA[@]+"${VIA[@]}"}; do
    pull_through "$1" "$2" "$proxy" && THROUGH=$proxy && return
  done
  return 1
}

# pull_through NUMBER NAME PROXY: one proxy. The name of the proxy stays only where the digest hangs on it.
pull_through() {
  local through
  qualify "${SOURCES[$1]}"
  through=$3/$REPLY
  if ! try "$1" "$ENGINE" pull --platform "${PLATFORMS[$1]}" "$through"; then
    miss_proxy "$1" "$3"
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
