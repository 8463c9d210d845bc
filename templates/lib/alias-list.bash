# The images that get names: those of the project, and what Dockerfiles are built on, which BASES has once more.
LISTED=()

# image SOURCE NAME [short=NAME] [platform=PLATFORM]: one line of the list below. NAME is what push calls it.
image() {
  local fact
  ! is_in NAME_OF "$1" || return 0
  LISTED+=("$1")
  put NAME_OF "$1" "$2"
  put SOURCE_OF "$2" "$1"
  for fact in "${@:3}"; do
    case $fact in
      platform=*)
        qualify "$1"
        put PLATFORM_OF "$REPLY" "${fact#*=}"
        ;;
      short=*)
        put SHORT_OF "$1" "${fact#*=}"
        put LONG_OF "${fact#*=}" "$1"
        ;;
    esac
  done
}

# base SOURCE NAME [FACT...]: the same for an image that a Dockerfile is built on.
base() {
  image "$@"
  put BASE "$1" yes
  BASES+=("$1")
}
