# The images that the command is about, and those that its line names.
SOURCES=()
NAMED=()

# What the command line says.
COMMAND=''
NETWORK=''
PROJECT_GIVEN=''
ENV_FILE=''
SCANS=()

# 1 once a Dockerfile could not be read in full.
UNREAD=0

main() {
  parse_flags "$@"
  [ -n "$COMMAND" ] || die 2 "$MSG_COMMAND_MISSING" "$0"
  images
  bases
  builds
  scan_folders
  select_images
  case $MODE,$COMMAND in
    *,detect-network) detect_network ;;
    list,*) list ;;
    *) run ;;
  esac && [ "$UNREAD" -eq 0 ]
}

# detect_network: only the network goes to stdout, for others to read.
detect_network() {
  open_workdir
  network_of "$NETWORK" >&2
  printf '%s\n' "$NETWORK"
}

run() {
  open_workdir
  [ "$COMMAND" = clean ] || network_of "$NETWORK"
  open_engine
  case $COMMAND in
    tag-localhost) for_each tag_image ;;
    fix-image-aliases) for_each fix_image ;;
    check-status) for_each check_image ;;
    prefetch-images) prefetch ;;
    build-all) build_all ;;
    clean) for_each clean_image ;;
  esac
}

usage() {
  say "$MSG_HELP_TAG" "${0##*/}" "${HARBOR:--}" "$NETWORK_VARIABLE" "$NETWORK_VARIABLE"
  say "$MSG_SCAN_LIMITS"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --network | --env-file | --prefer | --harbor | --project)
      need_value "$@"
      take_choice "$1" "$2"
      REPLY=2
      ;;
    --scan)
      need_value "$@"
      SCANS+=("$2")
      REPLY=2
      ;;
    --force)
      FORCE=yes
      REPLY=1
      ;;
    --)
      NAMED+=("${@:2}")
      REPLY=$#
      ;;
    -*) REPLY=0 ;;
    *) take_word "$1" ;;
  esac
}

take_choice() {
  case $1,$2 in
    --network,*) NETWORK=$2 ;;
    --env-file,*)
      is_readable "$2" || die 2 "$MSG_NO_ENV_FILE" "$2"
      ENV_FILE=$2
      ;;
    --prefer,original | --prefer,localhost) PREFER=$2 ;;
    --harbor,) ;;
    --harbor,*)
      HARBOR=${2%/}
      need_address "$1" "$HARBOR"
      ;;
    --project,?*) PROJECT_DIR=$2 PROJECT_GIVEN=yes ;;
    *) die 2 "$MSG_BAD_CHOICE" "$1" "$2" ;;
  esac
}

# take_word WORD: the first is the command, the others are its own: images, or the tag and the registry of build-all.
take_word() {
  REPLY=1
  case $COMMAND,$1 in
    ,tag-localhost | ,fix-image-aliases | ,check-status | ,prefetch-images | ,build-all | ,clean | ,detect-network)
      COMMAND=$1
      ;;
    ,* | detect-network,*) REPLY=0 ;;
    build-all,*) take_build_word "$1" ;;
    *) NAMED+=("$1") ;;
  esac
}

take_build_word() {
  if [ -n "$BUILD_REGISTRY" ]; then
    REPLY=0
  elif [ -n "$BUILD_TAG" ]; then
    BUILD_REGISTRY=${1%/}
    need_address REGISTRY "$BUILD_REGISTRY"
  else
    BUILD_TAG=$1
    case $1 in
      '' | [.-]* | *[!A-Za-z0-9._-]*) die 2 "$MSG_BAD_CHOICE" TAG "$1" ;;
    esac
    [ "${#1}" -le 128 ] || die 2 "$MSG_BAD_CHOICE" TAG "$1"
  fi
}

# scan_folders: what the Dockerfiles below SCANS are built on joins the lists.
scan_folders() {
  local folder image
  [ "${#SCANS[@]}" -eq 0 ] || [ "${#NAMED[@]}" -eq 0 ] || die 2 "$MSG_SCAN_NAMED"
  for folder in ${SCANS[@]+"${SCANS[@]}"}; do
    scan_dockerfiles "$folder" || UNREAD=1
  done
  for image in ${BASES[@]+"${BASES[@]}"}; do
    is_in NAME_OF "$image" || LISTED+=("$image")
  done
}

# select_images: those that were named, else all; --only picks among them.
select_images() {
  local image
  [ "${#NAMED[@]}" -gt 0 ] || NAMED=(${LISTED[@]+"${LISTED[@]}"})
  for image in ${NAMED[@]+"${NAMED[@]}"}; do
    ! selected "$image" || SOURCES+=("$image")
  done
  check_selection
}

list() {
  [ "${#SOURCES[@]}" -eq 0 ] || printf '%s\n' "${SOURCES[@]}"
}

open_engine() {
  find_engine
  need_engine
  name_engine
  read_ids
}

# for_each FUNCTION: runs it for every image; one that fails does not stop the others.
for_each() {
  local image good=0 bad=0
  for image in ${SOURCES[@]+"${SOURCES[@]}"}; do
    [ "$1" != tag_image ] || say "$MSG_TAG_IMAGE" "$image"
    if "$1" "$image"; then
      good=$((good + 1))
    else
      bad=$((bad + 1))
    fi
  done
  say "$MSG_TAG_SUMMARY" "$good" "$bad" "$((good + bad))"
  [ "$bad" -eq 0 ]
}

# What is built: the service, then its image if it names one.
builds() {
  SERVICES=()
}

# What Dockerfiles are built on, one a line: the name there, then the name under HARBOR.
bases() {
  BASES=()
}

# The images of the project, one a line: the name there, then the name under HARBOR.
images() {
  LISTED=()
  image acme/tool:007 tool:007
  image acme/tool:0x1f tool:0x1f
  image acme/tool:1.0 tool:1.0
  image acme/tool:1e3 tool:1e3
  image acme/tool:2024-01-01 tool:2024-01-01
  image acme/tool:null tool:null
  image acme/tool:on tool:on
  image ghcr.io/12:latest 12:latest
  image nginx:1.27 nginx:1.27
  image quay.io/acme/edge:2 edge:2 platform=linux/arm64
  image quay.io/acme/old:2 old:2 platform=linux/arm/v7
  image registry.internal:5000/a/b/c:1 c:1
}

main "$@"
