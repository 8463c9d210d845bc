# The folder of the project on this host, and what this script keeps there of earlier runs.
STATE=''

# on_host TOKEN MODE TO PROFILES SERVICES TIMEOUT VPC_HOST STEP: what this script does where a host reads it from its
# standard input. What it prints after TOKEN is for the script that has called.
on_host() {
  [ $# -eq 8 ] || die 2 "$MSG_FLAG_UNKNOWN" @host "$0"
  TOKEN=$1 MODE=$2 TO=$3 PROFILES=$4 ONLY_SERVICES=$5 TIMEOUT=$6 VPC_HOST=$7
  PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin
  # shellcheck disable=SC2088 # it is the text of an argument
  case $TO in
    '') TO=$HOME/$PROJECT ;;
    /*) ;;
    '~/'*) TO=$HOME/${TO#??} ;;
    *) TO=$HOME/$TO ;;
  esac
  STATE=$TO/.deploy-to-host
  open_workdir
  activate
  case $8 in
    check) check_host ;;
    compare) compare_files ;;
    receive) receive_files ;;
    start) start_project ;;
  esac
  mark end
}

# mark WORD...: tells the script that has called.
mark() {
  printf '%s %s\n' "$TOKEN" "$*"
}

# open_host: an engine that answers, and its Compose.
open_host() {
  mark step engine
  find_engine
  need_engine
  name_engine
  mark step compose
  find_compose
  name_joint
}

# check_host: what has to be right before anything is copied.
check_host() {
  open_host
  ask version --format '{{.Server.Version}}' || : >"$SCRATCH"
  say "$MSG_DEPLOY_HOST_ENGINE" "$ENGINE $(last_line "$SCRATCH")"
  within 20 ${COMPOSE[@]+"${COMPOSE[@]}"} version >"$SCRATCH" 2>/dev/null
  shell_words ${COMPOSE[@]+"${COMPOSE[@]}"}
  say "$MSG_DEPLOY_HOST_COMPOSE" "$REPLY" "$(head -n 1 "$SCRATCH")"
  ! needs_registry || check_login
  mark step images
  find_lacking
}

# needs_registry: whether an image comes from there; sets REPLY to the first one.
needs_registry() {
  local number
  for number in ${IMAGE_STATES[@]+"${!IMAGE_STATES[@]}"}; do
    REPLY=${IMAGE_NAMES[$number]}
    [ "${IMAGE_STATES[$number]}" != relay ] || return 0
  done
  return 1
}

# check_login: whether the registry lets this host in, by the login that the engine has here. One that asks nobody is
# found out by asking for an image.
check_login() {
  local image host=${VPC_HOST:-$REGISTRY_HOST} flags status
  vpc_name "$REPLY"
  image=$REPLY
  flags=()
  mark step login
  case ${host%%:*} in
    localhost | 127.*) flags=(--insecure) ;;
    *) [ -z "$INSECURE" ] || flags=(--insecure) ;;
  esac
  if [ "$ENGINE_KIND" = podman ]; then
    within 20 "$ENGINE" login --get-login "$host" >"$WORK/login" 2>&1 || warn "$MSG_DEPLOY_NO_LOGIN" "$host" "$ENGINE" "$host"
    return
  fi
  copy_config
  within 60 env DOCKER_CONFIG="$WORK/config" "$ENGINE" login "$host" >"$WORK/login" 2>&1
  status=$?
  if [ "$status" -ne 0 ]; then
    within 60 env DOCKER_CONFIG="$WORK/config" DOCKER_CLI_EXPERIMENTAL=enabled \
      "$ENGINE" manifest inspect ${flags[@]+"${flags[@]}"} "$image" >"$SCRATCH" 2>&1 && status=0
  fi
  [ "$status" -ne 0 ] || return 0
  if [ "$status" -eq 124 ]; then
    describe timeout
    die 1 "$MSG_REGISTRY_SILENT" "$host" "$CAUSE"
  fi
  case $(cat "$WORK/login") in
    *'401 Unauthorized'* | *unauthorized:* | *'incorrect username'* | *'invalid or expired'* | *'too many 401'*) die 1 "$MSG_LOGIN_REFUSED" "$host" "$ENGINE" "$host" ;;
    *'non TTY'* | *non-TTY* | *'not a terminal'*) die 1 "$MSG_DEPLOY_NO_LOGIN" "$host" "$ENGINE" "$host" ;;
  esac
  die 1 "$MSG_REGISTRY_SILENT" "$host" "$(last_line "$WORK/login")"
}

# find_lacking: tells which images are neither here nor ever relayed, by their numbers.
find_lacking() {
  local number
  for number in ${IMAGE_STATES[@]+"${!IMAGE_STATES[@]}"}; do
    [ "${IMAGE_STATES[$number]}" = relay ] || here_as "$number" || mark lacks "$number"
  done
}

# here_as NUMBER: whether an image is here; sets REPLY to its name. Compose names by itself what it builds and nobody
# names.
here_as() {
  local name=${IMAGE_NAMES[$1]} joint
  if [ -n "$name" ]; then
    engine_name "$name"
    ask image inspect --format '{{.Id}}' "$REPLY"
    return
  fi
  for joint in "$COMPOSE_JOINT" - _; do
    engine_name "$PROJECT$joint${IMAGE_SERVICES[$1]}"
    ! ask image inspect --format '{{.Id}}' "$REPLY" || return 0
  done
  return 1
}
