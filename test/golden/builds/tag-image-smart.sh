# The images of the project, the name of each under HARBOR, and those that the command line asks for.
SOURCES=()
NAMES=()
WANTED=()

# What the command line says.
COMMAND=''
NETWORK=''
PREFER=''
SCANS=()

# 1 once a Dockerfile could not be read in full.
STATUS=0

main() {
  parse_flags "$@"
  [ -n "$COMMAND" ] || die 2 "$MSG_COMMAND_MISSING" "$0"
  images
  select_images
  case $MODE in
    list) list ;;
    *) tag_images ;;
  esac && [ "$STATUS" -eq 0 ]
}

usage() {
  say "$MSG_HELP_TAG" "${0##*/}" "$HARBOR"
  say "$MSG_SCAN_LIMITS"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --network | --prefer | --harbor)
      need_value "$@"
      take_choice "$1" "$2"
      REPLY=2
      ;;
    --scan)
      need_value "$@"
      SCANS+=("$2")
      REPLY=2
      ;;
    --)
      WANTED+=("${@:2}")
      REPLY=$#
      ;;
    -*) REPLY=0 ;;
    *) take_word "$1" ;;
  esac
}

take_choice() {
  case $1,$2 in
    --network,*) NETWORK=$2 ;;
    --prefer,original | --prefer,localhost) PREFER=$2 ;;
    --harbor,) ;;
    --harbor,*) HARBOR=${2%/} ;;
    *) die 2 "$MSG_BAD_CHOICE" "$1" "$2" ;;
  esac
}

# take_word WORD: the first is the command, the others are images.
take_word() {
  REPLY=1
  case $COMMAND,$1 in
    ,tag-localhost) COMMAND=$1 ;;
    ,*) REPLY=0 ;;
    *) WANTED+=("$1") ;;
  esac
}

# image SOURCE NAME: one line of the list below.
image() {
  SOURCES+=("$1")
  NAMES+=("$2")
}

# want_all: all of the project, and the base images below SCANS that are not among them.
want_all() {
  local image folder
  for image in ${SOURCES[@]+"${SOURCES[@]}"}; do
    put BASE "$image" yes
  done
  for folder in ${SCANS[@]+"${SCANS[@]}"}; do
    scan_dockerfiles "$folder" || STATUS=1
  done
  WANTED=(${SOURCES[@]+"${SOURCES[@]}"} ${BASES[@]+"${BASES[@]}"})
}

# select_images: those that were named, else all; --only picks among them.
select_images() {
  local image
  [ "${#WANTED[@]}" -gt 0 ] || want_all
  set -- ${WANTED[@]+"${WANTED[@]}"}
  WANTED=()
  for image in "$@"; do
    ! selected "$image" || WANTED+=("$image")
  done
  check_selection
}

list() {
  [ "${#WANTED[@]}" -eq 0 ] || printf '%s\n' "${WANTED[@]}"
}

# tag_images: one image that fails does not stop the others.
tag_images() {
  local image good=0 bad=0
  network_of "$NETWORK"
  find_engine
  open_workdir
  need_engine
  name_engine
  for image in ${WANTED[@]+"${WANTED[@]}"}; do
    say "$MSG_TAG_IMAGE" "$image"
    if tag_image "$image"; then
      good=$((good + 1))
    else
      bad=$((bad + 1))
    fi
  done
  say "$MSG_TAG_SUMMARY" "$good" "$bad" "$((good + bad))"
  [ "$bad" -eq 0 ]
}

tag_image() {
  set_names "$1" || return 1
  case $NETWORK in
    external) tag_external ;;
    internal) tag_internal ;;
  esac
}

# The images, one a line: the name in the project, then the name under HARBOR.
images() {
  SOURCES=()
  image postgres:16 postgres:16
}

main "$@"
