# What stands between project and service in the names that Compose gives images.
COMPOSE_JOINT=-

# name_joint: sets COMPOSE_JOINT by what find_compose has left.
name_joint() {
  case $(cat "$SCRATCH") in
    *podman-compose* | *'version 1.'*) COMPOSE_JOINT=_ ;;
  esac
}
