# local_platform REFERENCE PLATFORM [FLAG...]: sets REPLY to the platform of the local image, in as many parts as
# PLATFORM has; empty when the engine has no such image, or does not know the flags.
local_platform() {
  local format='{{.Os}}/{{.Architecture}}'
  case $2 in
    */*/*) format=$format'/{{.Variant}}' ;;
  esac
  # Podman knows no variant: it prints what comes before, and fails.
  ask image inspect "${@:3}" --format "$format" "$1"
  read -r REPLY <"$SCRATCH"
}

# is_here REFERENCE PLATFORM: whether the engine has that image for that platform; REPLY tells what it has.
is_here() {
  local other
  local_platform "$1" "$2"
  fits "$REPLY" "$2" && return
  # The store of containerd may have it for several platforms, and tells of the machine's own unless it is asked; only
  # newer engines can be.
  other=$REPLY
  [ -n "$other" ] || return 1
  local_platform "$1" "$2" --platform "$2"
  fits "$REPLY" "$2" && return
  REPLY=$other
  return 1
}
