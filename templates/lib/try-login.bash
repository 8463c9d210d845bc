# try_login HOST REPOSITORY: the registry says first whether it takes the login; then the engine has to get in, too.
try_login() {
  if [ -n "$HALF_LOGIN" ]; then
    break_as 'no basic auth credentials' "$HALF_LOGIN"
    CAUSE='' CURE=''
    return 1
  fi
  if [ -n "$REGISTRY_URL" ] && [ -z "$REGISTRY_ASKS" ]; then
    detail "$MSG_OPEN"
    return 0
  fi
  [ -z "$REGISTRY_URL" ] || [ -n "$REGISTRY_HIDDEN" ] || registry_login "$1" "$2" || return 1
  client_login "$1"
}

# registry_login HOST REPOSITORY: whether the registry takes the login.
registry_login() {
  if [ -z "$REGISTRY_LOGIN" ]; then
    missing_login "$1"
    return 1
  fi
  case $REGISTRY_ASKS in
    bearer) bearer_proof "$2" "$RIGHTS" && REPLY=200 ;;
    *)
      basic_proof
      request "url = \"$REGISTRY_URL/v2/\"" "$REPLY"
      ;;
  esac
  case $REPLY in
    200) return 0 ;;
    401 | 403) refused_login "$1" ;;
    *) bad_answer "$REPLY" ;;
  esac
  return 1
}
