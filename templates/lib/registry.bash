# Whether it cannot be known which login the engine has for the registry at hand.
REGISTRY_HIDDEN=''

# open_registry HOST: finds out how to speak to it, as the engine would; returns 1 when it does not answer.
open_registry() {
  local way
  REGISTRY_HOST=$1 REGISTRY_URL='' REGISTRY_STEP=curl REGISTRY_FAULT='' REGISTRY_WORDS=''
  case $1 in
    '' | *[!]A-Za-z0-9.:_[-]*) return 1 ;;
  esac
  type -P curl >/dev/null || return 1
  if is_loopback "$1" || [ -n "$INSECURE" ] || is_insecure "$1"; then
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
  know_login "$1"
}
