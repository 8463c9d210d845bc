# engine_folder: sets REPLY to where the engine keeps its images; empty where that cannot be seen from here.
engine_folder() {
  local format='{{.DockerRootDir}}'
  [ "$ENGINE_KIND" != podman ] || format='{{.Store.GraphRoot}}'
  REPLY=''
  within 20 "$ENGINE" info --format "$format" >"$SCRATCH" 2>/dev/null || return 0
  read -r REPLY <"$SCRATCH"
  [ -d "$REPLY" ] || REPLY=''
}
