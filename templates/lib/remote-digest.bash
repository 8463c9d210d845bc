# remote_digest HOST/REPOSITORY:TAG: sets REPLY to the digest that this has at the registry; returns 1 when there is
# no such image, 2 when that is not known, and then REPLY is empty.
remote_digest() {
  local status
  ask_digest "$1"
  status=$?
  [ "$status" -eq 0 ] || REPLY=''
  return "$status"
}

# ask_digest HOST/REPOSITORY:TAG: the same, but that REPLY may be anything where there is no digest.
ask_digest() {
  local name=${1#*/} asked
  [ -n "$REGISTRY_URL" ] || return 2
  case $1 in
    *[!]A-Za-z0-9._/:[-]*) return 2 ;;
    "$REGISTRY_HOST"/*:*) ;;
    *) return 2 ;;
  esac
  prove "${name%:*}" || return 2
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

# prove REPOSITORY: sets REPLY to the line for curl that proves who asks, empty where nobody has to.
prove() {
  REPLY=''
  case $REGISTRY_ASKS in
    basic) basic_proof ;;
    bearer) bearer_proof "$1" ;;
  esac
}

# basic_proof: the same for a login by password; empty where there is no password.
basic_proof() {
  REPLY=''
  [ -z "$REGISTRY_LOGIN" ] || REPLY="header = \"Authorization: Basic $REGISTRY_LOGIN\""
}

# bearer_proof REPOSITORY: the same by a token, which is fetched once for each repository while it holds.
bearer_proof() {
  local cache=$WORK/token.${1//\//%} until=0
  if [ -f "$cache" ] && { read -r until && read -r REPLY; } <"$cache" && [ "$SECONDS" -lt "$until" ]; then
    return
  fi
  basic_proof
  request get "url = \"$REGISTRY_REALM\"" "data-urlencode = \"service=$REGISTRY_SERVICE\"" \
    "data-urlencode = \"scope=repository:$1:pull\"" "$REPLY"
  [ "$REPLY" = 200 ] && take_token || return 1
  # Another job may read it just now.
  ! (umask 077 && printf '%s\n' "$until" "$REPLY" >"$SCRATCH.token") || mv -f "$SCRATCH.token" "$cache"
}

# take_token: the same from the answer of the server of tokens; sets `until` to the second from which it is too old.
take_token() {
  local name value token='' seconds=60
  while IFS=$'\t' read -r name value; do
    case $name in
      '"token"' | '"access_token"') unquote "$value" && token=$REPLY ;;
      '"expires_in"') seconds=$value ;;
    esac
  done < <(json_values "$SCRATCH.body")
  : >"$SCRATCH.body"
  case $seconds in
    '' | *[!0-9]* | 0?* | ??????*) seconds=60 ;;
  esac
  case $token in
    '' | *[!A-Za-z0-9._~+/=-]*) return 1 ;;
  esac
  until=$((SECONDS + seconds - 10))
  REPLY="header = \"Authorization: Bearer $token\""
}
