# What the command line says.
OFFLINE=''
LIST=''
PROJECT_GIVEN=''

main() {
  parse_flags "$@"
  images
  if [ -n "$LIST" ]; then
    list
    return
  fi
  find_project
  find_mirror
  find_engine
  open_workdir
  [ -n "$OFFLINE" ] || need_engine
  [ -z "$ENGINE" ] || name_engine
  find_compose
  export COMPOSE_PROFILES=$PROFILES
  say "$MSG_DEPLOY_TABLE" "$PROJECT_DIR" "$(head -n 1 "$SCRATCH")"
  test_all
  say "$MSG_DEPLOY_SUMMARY" "$GOOD" "$BAD" "$OPEN"
  [ "$((BAD + OPEN))" -eq 0 ]
}

# test_all: what one test finds does not stop the next.
test_all() {
  sources
  needs
  compose_line config
  test_config config "$PROJECT" in_project ${LINE[@]+"${LINE[@]}"}
  mirrors
  test_mirror
  [ -n "$OFFLINE" ] || test_images
}

usage() {
  say "$MSG_HELP_TEST_DEPLOYMENT" "${0##*/}" "$REGISTRY"
}

take_flag() {
  REPLY=1
  case $1 in
    --offline) OFFLINE=yes ;;
    --list) LIST=yes ;;
    --project)
      need_value "$@"
      [ -n "$2" ] || die 2 "$MSG_BAD_CHOICE" "$1" "$2"
      PROJECT_DIR=$2 PROJECT_GIVEN=yes
      REPLY=2
      ;;
    *) REPLY=0 ;;
  esac
}

# list: the images that the registry would be asked for.
list() {
  [ "${#IMAGES[@]}" -eq 0 ] || printf '%s\n' "${IMAGES[@]}"
}

# The compose files.
sources() {
  :
  source_file compose.yaml
}

# What else the project needs on the disk, one a line: what it is, and where.
needs() {
  :
}

# The compose files with the images of the registry.
mirrors() {
  MIRROR=()
  mirror compose-mirror.yaml
}

# The images that these name.
images() {
  IMAGES=()
  image registry.example.com:8443/team/mirror/12:latest
  image registry.example.com:8443/team/mirror/c:1
  image registry.example.com:8443/team/mirror/edge:2
  image registry.example.com:8443/team/mirror/nginx:1.27
  image registry.example.com:8443/team/mirror/old:2
  image registry.example.com:8443/team/mirror/tool:007
  image registry.example.com:8443/team/mirror/tool:0x1f
  image registry.example.com:8443/team/mirror/tool:1.0
  image registry.example.com:8443/team/mirror/tool:1e3
  image registry.example.com:8443/team/mirror/tool:2024-01-01
  image registry.example.com:8443/team/mirror/tool:null
  image registry.example.com:8443/team/mirror/tool:on
}

main "$@"
