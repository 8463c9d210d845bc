# prove REPOSITORY RIGHTS: sets REPLY to the line for curl that proves who asks, empty where nobody has to.
prove() {
  REPLY=''
  case $REGISTRY_ASKS in
    basic) basic_proof ;;
    bearer) bearer_proof "$1" "$2" ;;
  esac
}

# basic_proof: the same for a login by password; empty where there is no password.
basic_proof() {
  REPLY=''
  [ -z "$REGISTRY_LOGIN" ] || REPLY="header = \"Authorization: Basic $REGISTRY_LOGIN\""
}

# bearer_proof REPOSITORY RIGHTS: the same by a token, which is fetched once for each repository while it holds. Where
# none is given, REPLY is the status of the answer.
bearer_proof() {
  local cache=$WORK/token.$2.$REGISTRY_HOST%${1//\//%} until=0
  if [ -f "$cache" ] && { read -r until && read -r REPLY; } <"$cache" && [ "$SECONDS" -lt "$until" ]; then
    return
  fi
  basic_proof
  request get "url = \"$REGISTRY_REALM\"" "data-urlencode = \"service=$REGISTRY_SERVICE\"" \
    "data-urlencode = \"scope=repository:$1:$2\"" "$REPLY"
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
    '' | *[!A-Za-z0-9._~+/=-]*)
      REPLY='200 OK'
      return 1
      ;;
  esac
  until=$((SECONDS + seconds - 10))
  REPLY="header = \"Authorization: Bearer $token\""
}
