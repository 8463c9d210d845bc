# The containers of the project: the id of each, its service, its image, its state, that of its health (- without a
# check), the status that it ended with, and when it is started again.
CONTAINERS=()
CONTAINER_SERVICES=()
CONTAINER_IMAGES=()
CONTAINER_STATES=()
CONTAINER_HEALTHS=()
CONTAINER_EXITS=()
CONTAINER_POLICIES=()

# All their ids between blanks, and what is different once one of them has been started again.
CONTAINER_IDS=' '
CONTAINER_RUNS=''

# How the engine is asked for all that.
CONTAINER_FORMAT='{{with index .Config.Labels "com.docker.compose.service"}}{{.}}{{else}}-{{end}} {{with index .Config.Labels "com.docker.compose.oneoff"}}{{.}}{{else}}-{{end}} {{.ID}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}} {{.State.ExitCode}} {{.RestartCount}} {{with .HostConfig.RestartPolicy.Name}}{{.}}{{else}}no{{end}} {{.Image}}'

# survey_containers: learns of those of the services that run, but for what somebody has run once.
survey_containers() {
  local ids service once id state health status starts policy image
  CONTAINERS=() CONTAINER_SERVICES=() CONTAINER_IMAGES=() CONTAINER_STATES=() CONTAINER_HEALTHS=()
  CONTAINER_EXITS=() CONTAINER_POLICIES=() CONTAINER_IDS=' ' CONTAINER_RUNS=''
  ask ps -aq --no-trunc --filter "label=com.docker.compose.project=$PROJECT" || die 1 "$MSG_ENGINE_STOPPED" "$ENGINE" ps
  ids=$(cat "$SCRATCH")
  [ -n "$ids" ] || return 0
  # One that goes away between the two questions is an error, and the others are told.
  # shellcheck disable=SC2086 # ids have no blanks
  ask container inspect --format "$CONTAINER_FORMAT" $ids
  while read -r service once id state health status starts policy image; do
    only_active "$service"
    case $REPLY,$once in
      ,* | *,True) continue ;;
    esac
    CONTAINERS+=("$id")
    CONTAINER_SERVICES+=("$service")
    CONTAINER_IMAGES+=("$image")
    CONTAINER_STATES+=("$state")
    CONTAINER_HEALTHS+=("$health")
    CONTAINER_EXITS+=("$status")
    CONTAINER_POLICIES+=("$policy")
    CONTAINER_IDS="$CONTAINER_IDS$id "
    CONTAINER_RUNS="$CONTAINER_RUNS $id $state $starts"
  done <"$SCRATCH"
}

# need_containers: surveys them; each service must have one, whatever Compose has said.
need_containers() {
  local name known=' '
  survey_containers
  for name in ${CONTAINER_SERVICES[@]+"${CONTAINER_SERVICES[@]}"}; do known="$known$name "; done
  for name in $ACTIVE; do
    case $known in
      *" $name "*) ;;
      *) die 1 "$MSG_DEPLOY_NO_CONTAINER" "$name" ;;
    esac
  done
}

# await_health: until every service is healthy, or runs and stays so, or has done its work.
await_health() {
  local since=$SECONDS last=''
  mark step health
  while :; do
    find_waiting
    [ -n "$REPLY" ] || [ "$CONTAINER_RUNS" != "$last" ] || break
    [ $((SECONDS - since)) -lt "$TIMEOUT" ] || [ -z "$REPLY" ] || die 1 "$MSG_DEPLOY_UNHEALTHY" "$TIMEOUT" "$REPLY"
    last=$CONTAINER_RUNS
    attempt sleep 2
  done
  say "$MSG_DEPLOY_HEALTHY" "${#CONTAINERS[@]}"
}

# find_waiting: sets REPLY to the services that are not there yet, with their states; one that is over ends the script.
find_waiting() {
  local name number waiting=''
  need_containers
  for number in ${CONTAINERS[@]+"${!CONTAINERS[@]}"}; do
    name=${CONTAINER_SERVICES[$number]}
    case ${CONTAINER_STATES[$number]},${CONTAINER_HEALTHS[$number]},${CONTAINER_EXITS[$number]},${CONTAINER_POLICIES[$number]} in
      running,-,* | running,healthy,* | running,none,*) ;;
      exited,*,0,no | exited,*,0,on-failure) ;;
      exited,*,no | dead,*) die 1 "$MSG_DEPLOY_ENDED" "$name" "${CONTAINER_EXITS[$number]}" "$ENGINE" "${CONTAINERS[$number]:0:12}" ;;
      running,*) waiting="$waiting, $name ${CONTAINER_HEALTHS[$number]}" ;;
      *) waiting="$waiting, $name ${CONTAINER_STATES[$number]}" ;;
    esac
  done
  REPLY=${waiting#, }
}

# prove_containers: each container must run the image that its service names, and that must be the lock's.
prove_containers() {
  local number count=0
  mark step proof
  for number in ${IMAGE_USES[@]+"${!IMAGE_USES[@]}"}; do
    [ "${IMAGE_USES[$number]}" = run ] || continue
    prove_services "$number"
    [ "${IMAGE_STATES[$number]}" != relay ] || ! is_in DIGEST "${IMAGE_NAMES[$number]}" || count=$((count + 1))
  done
  say "$MSG_DEPLOY_HOST_PROVEN" "$count"
}

# prove_services NUMBER: the same for the containers of one image.
prove_services() {
  local number id name=${IMAGE_NAMES[$1]}
  here_as "$1" || die 1 "$MSG_DEPLOY_OTHER_IMAGE" "$name" -
  read -r id <"$SCRATCH"
  for number in ${CONTAINERS[@]+"${!CONTAINERS[@]}"}; do
    case " ${IMAGE_SERVICES[$1]} " in
      *" ${CONTAINER_SERVICES[$number]} "*) ;;
      *) continue ;;
    esac
    if [ "${IMAGE_STATES[$1]}" = relay ] && is_in DIGEST "$name"; then
      has_digest "${CONTAINER_IMAGES[$number]}" "$name" || die 1 "$MSG_DEPLOY_OTHER_CONTAINER" "${CONTAINER_SERVICES[$number]}" "$name" "$REPLY"
    elif [ "${CONTAINER_IMAGES[$number]#sha256:}" != "${id#sha256:}" ]; then
      die 1 "$MSG_DEPLOY_OTHER_CONTAINER" "${CONTAINER_SERVICES[$number]}" "$name" "$id"
    fi
  done
}
