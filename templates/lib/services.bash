# The services; the profiles of each between commas, and the services that it needs, separated by commas.
SERVICES=()
SERVICE_PROFILES=()
SERVICE_NEEDS=()

# The profiles that are active and the services that are chosen, separated by commas; and which services run, between
# blanks.
ONLY_SERVICES=''
ACTIVE=' '

# The images that these need: where each comes from, what for, its name, its source, its platform, and the services.
IMAGE_STATES=()
IMAGE_USES=()
IMAGE_NAMES=()
IMAGE_SOURCES=()
IMAGE_PLATFORMS=()
IMAGE_SERVICES=()

# service NAME [needs=NAME,…] [profiles=NAME,…]: one line of the list below.
service() {
  local needs='' profiles=none word
  for word in "${@:2}"; do
    case $word in
      needs=*) needs=${word#*=} ;;
      profiles=*) profiles=,${word#*=}, ;;
    esac
  done
  SERVICES+=("$1")
  SERVICE_NEEDS+=("$needs")
  SERVICE_PROFILES+=("$profiles")
}

# image STATE USE NAME SOURCE PLATFORM SERVICE...: one line of the list below.
image() {
  local services=''
  only_active "${@:6}"
  [ -n "$REPLY" ] || return 0
  services=$REPLY
  IMAGE_STATES+=("$1")
  IMAGE_USES+=("$2")
  IMAGE_NAMES+=("$3")
  IMAGE_SOURCES+=("$4")
  IMAGE_PLATFORMS+=("$5")
  IMAGE_SERVICES+=("$services")
}

# only_active SERVICE...: sets REPLY to those that run.
only_active() {
  local name
  REPLY=''
  for name in "$@"; do
    case $ACTIVE in
      *" $name "*) REPLY="${REPLY:+$REPLY }$name" ;;
    esac
  done
}

# activate: finds out what runs: the chosen services and what they need; without a choice those without profile and
# those of an active one.
activate() {
  local number name
  services
  if [ -n "$ONLY_SERVICES" ]; then
    for name in ${ONLY_SERVICES//,/ }; do
      add_service "$name" || die 2 "$MSG_DEPLOY_SERVICE_UNKNOWN" "$name"
    done
  else
    for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
      ! in_profile "${SERVICE_PROFILES[$number]}" || ACTIVE="$ACTIVE${SERVICES[$number]} "
    done
  fi
  [ "$ACTIVE" != ' ' ] || die 2 "$MSG_DEPLOY_SERVICE_NONE"
  images
}

# add_service NAME: and what it needs; returns 1 where there is none of that name.
add_service() {
  local number other
  case $ACTIVE in
    *" $1 "*) return 0 ;;
  esac
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
    [ "${SERVICES[$number]}" = "$1" ] || continue
    ACTIVE="$ACTIVE$1 "
    for other in ${SERVICE_NEEDS[$number]//,/ }; do add_service "$other"; done
    return 0
  done
  return 1
}

# in_profile PROFILES: whether one of them is active. Without COMPOSE_PROFILES the empty one is.
in_profile() {
  local rest=$PROFILES,
  [ "$1" != none ] || return 0
  while [ -n "$rest" ]; do
    case ${rest%%,*} in
      '*') return 0 ;;
    esac
    case $1 in
      *",${rest%%,*},"*) return 0 ;;
    esac
    rest=${rest#*,}
  done
  return 1
}
