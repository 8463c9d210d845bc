# Where the registry is that open_registry found, and by which name the images have it; empty while it is not known.
REGISTRY_URL=''
REGISTRY_HOST=''

# How curl is to trust it, as lines of its configuration; what it asks for: nothing, basic or bearer; where and for
# what it wants a token to be fetched.
REGISTRY_TRUST=''
REGISTRY_ASKS=''
REGISTRY_REALM=''
REGISTRY_SERVICE=''

# The base64 of USER:PASSWORD for it, and whether that cannot be known.
REGISTRY_LOGIN=''
REGISTRY_HIDDEN=''

# Where the engine looks for the certificates of registries.
CERTIFICATES=/etc/docker/certs.d

# What is wanted of a manifest: any.
ACCEPT='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
ACCEPT=$ACCEPT', application/vnd.docker.distribution.manifest.list.v2+json'
ACCEPT=$ACCEPT', application/vnd.docker.distribution.manifest.v2+json'

# open_registry HOST: finds out how to speak to it, as the engine would; returns 1 when it does not answer.
open_registry() {
  local way
  REGISTRY_HOST=$1 REGISTRY_URL=''
  case $1 in
    '' | *[!]A-Za-z0-9.:_[-]*) return 1 ;;
  esac
  type -P curl >/dev/null || return 1
  if is_loopback "$1" || is_insecure "$1"; then
    set -- "$1" any plain
  elif [ -f "$CERTIFICATES/$1/ca.crt" ]; then
    set -- "$1" own public
  else
    set -- "$1" public
  fi
  for way in "${@:2}"; do
    knock "$1" "$way" && break
  done
  [ -n "$REGISTRY_URL" ] || return 1
  REGISTRY_LOGIN='' REGISTRY_HIDDEN=''
  if stored_login "$1"; then
    REGISTRY_LOGIN=$REPLY
  else
    REGISTRY_HIDDEN=yes
  fi
}

# is_loopback HOST: whether it is this machine, which engines trust.
is_loopback() {
  local name=$1
  case $name in
    '['*']') ;;
    *) name=${name%:*} ;;
  esac
  case $name in
    localhost | '[::1]') ;;
    127.*[!0-9.]*) return 1 ;;
    127.*.*.*) ;;
    *) return 1 ;;
  esac
}

# is_insecure HOST: whether the engine was told to trust it. Podman and nerdctl do not tell.
is_insecure() {
  ask info --format '{{range .RegistryConfig.IndexConfigs}}{{if not .Secure}}{{println .Name}}{{end}}{{end}}' &&
    grep -Fx -e "$1" "$SCRATCH" >/dev/null
}

# knock HOST WAY: tries one way to speak to it: https with a public, its own or any certificate, or plain http. What
# does not answer as registries do is a portal.
knock() {
  local url=https://$1
  case $1 in
    docker.io | index.docker.io) url=https://registry-1.docker.io ;;
  esac
  REGISTRY_TRUST=''
  case $2 in
    own) REGISTRY_TRUST="cacert = \"$CERTIFICATES/$1/ca.crt\"" ;;
    any) REGISTRY_TRUST=insecure ;;
    plain) url=http://$1 ;;
  esac
  ! is_loopback "$1" || REGISTRY_TRUST=$REGISTRY_TRUST$'\nnoproxy = "*"'
  request "url = \"$url/v2/\""
  case $REPLY in
    200)
      REGISTRY_ASKS=''
      take_header docker-distribution-api-version:
      ;;
    401) take_challenge "$2" ;;
    *) return 1 ;;
  esac || return 1
  REGISTRY_URL=$url
}

# request LINE...: asks what these lines of a curl configuration say; sets REPLY to the status, 000 where there is no
# answer. What is secret stands in a file, not in the words of a command that all users see.
request() {
  (umask 077 && printf '%s\n' "$REGISTRY_TRUST" "$@" >"$SCRATCH.curl" && : >"$SCRATCH.head" && : >"$SCRATCH.body")
  LC_ALL=C within 40 curl -q -sg -m 30 --connect-timeout 10 -K "$SCRATCH.curl" -D "$SCRATCH.head" \
    -o "$SCRATCH.body" -w '%{http_code}\n' >"$SCRATCH.status" 2>/dev/null
  : >"$SCRATCH.curl"
  read -r REPLY <"$SCRATCH.status" || REPLY=000
}

# take_header PATTERN: sets REPLY to the value of the last header that begins so, in whatever case.
take_header() {
  local line
  REPLY=''
  while read -r line; do
    line=${line%$'\r'}
    REPLY=${line#*:}
  done < <(LC_ALL=C grep -i "^$1" "$SCRATCH.head")
  REPLY=${REPLY#"${REPLY%%[! ]*}"}
  [ -n "$REPLY" ]
}

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
