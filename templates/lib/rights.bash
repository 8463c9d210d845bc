# Whether the registry has the repository that was asked for: there, missing or unknown.
REPOSITORY_IS=unknown

# try_pull HOST REPOSITORY: whether it may be read. What is not there yet may be, too.
try_pull() {
  REPOSITORY_IS=unknown
  can_prove || return
  prove "$2" "$RIGHTS" || bad_answer "$REPLY" || return
  request "url = \"$REGISTRY_URL/v2/$2/tags/list?n=1\"" "$REPLY"
  case $REPLY in
    200) REPOSITORY_IS=there ;;
    404)
      REPOSITORY_IS=missing
      detail "$MSG_NOTHING_THERE" "$2"
      ;;
    401 | 403) forbidden "$REPLY" "$2" ;;
    *) bad_answer "$REPLY" ;;
  esac
}

# try_push HOST REPOSITORY: whether an upload may begin there. One that began and is left alone expires.
try_push() {
  can_prove || return
  prove "$2" "$RIGHTS" || bad_answer "$REPLY" || return
  request "url = \"$REGISTRY_URL/v2/$2/blobs/uploads/\"" 'request = POST' 'header = "Content-Length: 0"' "$REPLY"
  case $REPLY in
    202) ;;
    401 | 403) forbidden "$REPLY" "$2" ;;
    404) nowhere "$2" ;;
    *) bad_answer "$REPLY" ;;
  esac
}

# can_prove: whether this script can ask in the place of the engine.
can_prove() {
  if [ -z "$REGISTRY_URL" ]; then
    without_curl
  elif [ -n "$REGISTRY_HIDDEN" ] && [ -n "$REGISTRY_ASKS" ]; then
    detail "$MSG_LOGIN_HIDDEN"
    return 2
  fi
}
