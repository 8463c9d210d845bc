# engine_folder: sets REPLY to where the engine keeps its images; empty where that cannot be seen from here, such as on
# another machine.
engine_folder() {
  local format='{{.DockerRootDir}}'
  REPLY=''
  case $ENGINE_KIND in
    podman)
      [ -z "${CONTAINER_HOST:-}" ] || return 0
      format='{{.Store.GraphRoot}}'
      ;;
    docker)
      [ -n "${DOCKER_HOST:-}" ] || ask context inspect --format '{{.Endpoints.docker.Host}}' || : >"$SCRATCH"
      case ${DOCKER_HOST:-$(cat "$SCRATCH")} in
        tcp:* | ssh:*) return ;;
      esac
      ;;
  esac
  within 20 "$ENGINE" info --format "$format" >"$SCRATCH" 2>/dev/null || return 0
  read -r REPLY <"$SCRATCH"
  [ -d "$REPLY" ] || REPLY=''
}
