# engine_folder: sets REPLY to where the engine keeps its images; empty where that cannot be seen from here, such as on
# another machine.
engine_folder() {
  local format='{{.DockerRootDir}}'
  REPLY=''
  case $ENGINE_KIND,${DOCKER_HOST:-} in
    docker,tcp:* | docker,ssh:*) return ;;
    podman,*) format='{{.Store.GraphRoot}}' ;;
  esac
  within 20 "$ENGINE" info --format "$format" >"$SCRATCH" 2>/dev/null || return 0
  read -r REPLY <"$SCRATCH"
  [ -d "$REPLY" ] || REPLY=''
}
