# ask_digest HOST/REPOSITORY:TAG: the same, but that REPLY may be anything where there is no digest.
ask_digest() {
  local name=${1#*/} asked
  [ -n "$REGISTRY_URL" ] || return 2
  case $1 in
    *[!]A-Za-z0-9._/:[-]*) return 2 ;;
    "$REGISTRY_HOST"/*:*) ;;
    *) return 2 ;;
  esac
  prove "${name%:*}" pull || return 2
  asked=$REPLY
  request head "url = \"$REGISTRY_URL/v2/${name%:*}/manifests/${name##*:}\"" "header = \"Accept: $ACCEPT\"" "$asked"
  case $REPLY in
    200) ;;
    # A registry may hide what it does not show to everybody.
    404) [ -z "$REGISTRY_HIDDEN" ] && return 1 || return 2 ;;
    *) return 2 ;;
  esac
  take_header docker-content-digest: && is_digest "$REPLY" || return 2
}
