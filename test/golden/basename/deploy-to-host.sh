# What the command line says: what to do (run, list or dry-run), the folder on the hosts, how many seconds services may
# take to become healthy, whether large files are copied, too, and the file with the digests.
MODE=run
TO=''
TIMEOUT=300
ALL_DATA=''
LOCK=''

main() {
  if [ "${1:-}" = @host ]; then
    on_host "${@:2}"
    return
  fi
  PROFILES_GIVEN='' PROJECT_GIVEN=''
  parse_flags "$@"
  [ "$MODE" = list ] || [ "${#HOSTS[@]}" -gt 0 ] || die 2 "$MSG_DEPLOY_HOST_NONE" "$0"
  find_project
  activate
  paths
  check_overwrite
  case $MODE in
    list) list ;;
    *) run ;;
  esac
}

usage() {
  say "$MSG_HELP_DEPLOY" "${0##*/}" "$PROJECT"
}

take_flag() {
  case $1 in
    --list | --dry-run)
      MODE=${1#--}
      REPLY=1
      ;;
    --all-data)
      ALL_DATA=yes
      REPLY=1
      ;;
    --no-vpc)
      VPC_HOST=''
      REPLY=1
      ;;
    --ssh-option | --identity | --port | -F) take_ssh "$@" ;;
    --to | --only-services | --profile | --overwrite | --timeout | --lock | --project)
      need_value "$@"
      take_choice "$1" "$2"
      REPLY=2
      ;;
    -*) REPLY=0 ;;
    *) take_host "$1" ;;
  esac
}

take_choice() {
  case $1,$2 in
    --to,/ | --to,*[[:cntrl:]]* | *,) die 2 "$MSG_DEPLOY_FLAG_BAD" "$1" "$2" ;;
    --to,*) TO=${2%/} ;;
    --only-services,*[!A-Za-z0-9._,-]*) die 2 "$MSG_DEPLOY_FLAG_BAD" "$1" "$2" ;;
    --only-services,*) ONLY_SERVICES=${ONLY_SERVICES:+$ONLY_SERVICES,}$2 ;;
    --profile,*[!A-Za-z0-9._,*-]*) die 2 "$MSG_DEPLOY_FLAG_BAD" "$1" "$2" ;;
    --profile,*)
      PROFILES=${PROFILES_GIVEN:+$PROFILES,}$2
      PROFILES_GIVEN=yes
      ;;
    --overwrite,*) OVERWRITE+=("${2%/}") ;;
    --timeout,*[!0-9]* | --timeout,??????*) die 2 "$MSG_DEPLOY_FLAG_BAD" "$1" "$2" ;;
    --timeout,*) TIMEOUT=$2 ;;
    --lock,*) LOCK=$2 ;;
    --project,*) PROJECT_DIR=$2 PROJECT_GIVEN=yes ;;
  esac
}

# find_project: its folder is seen from this file's, unless somebody names another one.
find_project() {
  [ -z "$PROJECT_GIVEN" ] || return 0
  folder_of "$0"
  PROJECT_DIR=$REPLY$PROJECT_DIR
}

list() {
  local number
  for number in ${IMAGE_NAMES[@]+"${!IMAGE_NAMES[@]}"}; do
    printf '%s\t%s\t%s\n' "${IMAGE_SERVICES[$number]}" "${IMAGE_NAMES[$number]:--}" "${IMAGE_STATES[$number]}"
  done
  for number in ${PATHS[@]+"${!PATHS[@]}"}; do
    printf '%s\t%s\t%s\n' "${PATH_SERVICES[$number]}" "${PATHS[$number]}" "${PATH_KINDS[$number]}"
  done
}

run() {
  local number
  type -P ssh >/dev/null || die 3 "$MSG_DEPLOY_NO_SSH"
  [ -r "$0" ] || die 3 "$MSG_DEPLOY_NOT_READ" "$0"
  open_workdir
  for number in ${PATHS[@]+"${!PATHS[@]}"}; do
    [ "${PATH_KINDS[$number]}" != elsewhere ] || say "$MSG_DEPLOY_ELSEWHERE" "${PATHS[$number]}" "${PATH_SERVICES[$number]}"
  done
  note_digests
  list_files
  open_links
  check_hosts
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    ! is_well "$number" || deploy_host "$number"
  done
  count_failed
  end_deployment "$((REPLY > 0))"
}

# The services, one a line, with those that each needs and with its profiles.
services() {
  SERVICES=()
  service date
  service deep
  service exponent
  service float
  service hex
  service nothing
  service number
  service octal
  service old
  service plain
  service there
  service yes
}

# The images that they need, one a line: where each comes from (only relay is the registry), whether it is run or
# mounted, its name in the compose file, the one that it is relayed from, its platform, and the services.
images() {
  IMAGE_NAMES=()
  image relay run registry.example.com:8443/team/mirror/12:latest ghcr.io/12:latest linux/amd64 number
  image relay run registry.example.com:8443/team/mirror/c:1 registry.internal:5000/a/b/c:1 linux/amd64 deep
  image relay run registry.example.com:8443/team/mirror/edge:2 quay.io/acme/edge:2 linux/arm64 there
  image relay run registry.example.com:8443/team/mirror/nginx:1.27 nginx:1.27 linux/amd64 plain
  image relay run registry.example.com:8443/team/mirror/old:2 quay.io/acme/old:2 linux/arm/v7 old
  image relay run registry.example.com:8443/team/mirror/tool:007 acme/tool:007 linux/amd64 octal
  image relay run registry.example.com:8443/team/mirror/tool:0x1f acme/tool:0x1f linux/amd64 hex
  image relay run registry.example.com:8443/team/mirror/tool:1.0 acme/tool:1.0 linux/amd64 float
  image relay run registry.example.com:8443/team/mirror/tool:1e3 acme/tool:1e3 linux/amd64 exponent
  image relay run registry.example.com:8443/team/mirror/tool:2024-01-01 acme/tool:2024-01-01 linux/amd64 date
  image relay run registry.example.com:8443/team/mirror/tool:null acme/tool:null linux/amd64 nothing
  image relay run registry.example.com:8443/team/mirror/tool:on acme/tool:on linux/amd64 yes
}

# What hosts get or must have, one path a line: the generated files, by their name here and there; then what the
# services read and write, with what it is; then what has to be on the host because it is no part of the project.
paths() {
  PATHS=()
  generated compose-mirror.yaml compose-mirror.yaml
  generated tag-image-smart.sh tag-image-smart.sh
  needed optional-env .env
}

main "$@"
