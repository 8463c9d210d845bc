# Where the registry is that knock found, and by which name the images have it; empty while it is not known.
REGISTRY_URL=''
REGISTRY_HOST=''

# Where it is not known: the step that failed (curl where that is missing, else dns, tcp, tls or ping), what curl said,
# and the same in the words of engines.
REGISTRY_STEP=curl
REGISTRY_FAULT=''
REGISTRY_WORDS=''

# What it asks for: nothing, basic or bearer; where and for what it wants a token to be fetched.
REGISTRY_ASKS=''
REGISTRY_REALM=''
REGISTRY_SERVICE=''

# The base64 of USER:PASSWORD for it, which is not for the environment of other programs.
unset REGISTRY_LOGIN
REGISTRY_LOGIN=''

# Where the engine looks for the certificates of registries.
CERTIFICATES=/etc/docker/certs.d

# What is wanted of a manifest: any.
ACCEPT='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
ACCEPT=$ACCEPT', application/vnd.docker.distribution.manifest.list.v2+json'
ACCEPT=$ACCEPT', application/vnd.docker.distribution.manifest.v2+json'

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

# knock HOST WAY: tries one way to speak to it: https with a public, its own or any certificate, or plain http. What
# does not answer as registries do is a portal.
knock() {
  local url=https://$1 status
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
  status=$REPLY
  if ! is_registry "$status" "$2"; then
    note_fault "$status" "$2" "$url"
    return 1
  fi
  REGISTRY_URL=$url REGISTRY_STEP=''
}

# is_registry STATUS WAY: whether the last answer is one of a registry that can be asked.
is_registry() {
  case $1 in
    200)
      REGISTRY_ASKS=''
      take_header docker-distribution-api-version:
      ;;
    401) take_challenge "$2" ;;
    *) return 1 ;;
  esac
}
