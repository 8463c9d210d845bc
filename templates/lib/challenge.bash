# take_challenge WAY: notes what the last answer asks for; returns 1 where that is unknown, or a password would go a less
# safe way than images do.
take_challenge() {
  local challenge
  if ! take_header 'www-authenticate: *bearer '; then
    REGISTRY_ASKS=basic
    take_header 'www-authenticate: *basic'
    return
  fi
  REGISTRY_ASKS=bearer
  challenge=$REPLY
  take_field service "$challenge"
  REGISTRY_SERVICE=$REPLY
  take_field realm "$challenge"
  REGISTRY_REALM=$REPLY
  case $REGISTRY_SERVICE$REGISTRY_REALM in
    *[\"\\]*) return 1 ;;
  esac
  case $REGISTRY_REALM in
    https://*) ;;
    http://*) [ "$1" = plain ] ;;
    *) return 1 ;;
  esac
}

# take_field NAME CHALLENGE: sets REPLY to what the challenge says of it, empty if nothing.
take_field() {
  local pattern="[ ,]$1=\"([^\"]*)\""
  REPLY=''
  [[ " $2" =~ $pattern ]] && REPLY=${BASH_REMATCH[1]}
}
