# login_files: sets FILES to where the engine keeps its logins, and HUB to the name that Docker Hub has for programs
# that keep passwords.
login_files() {
  HUB=https://index.docker.io/v1/
  if [ "$ENGINE_KIND" != podman ]; then
    [ -d "$WORK/config" ] || copy_config
    FILES=("$WORK/config/config.json")
    return
  fi
  containers_files
  HUB=docker.io
}

# private_store HOST: from now on the engine keeps its login where only this run looks, and asks no program that keeps
# passwords. The current context stays, for it says where the engine is.
private_store() {
  local key value context=''
  if [ "$ENGINE_KIND" = podman ]; then
    export REGISTRY_AUTH_FILE=$WORK/auth.json
    (umask 077 && printf '{}\n' >"$REGISTRY_AUTH_FILE")
    return
  fi
  link_config
  [ ! -f "$REPLY/config.json" ] || while IFS=$'\t' read -r key value; do
    [ "$key" != '"currentContext"' ] || context=",$key:$value"
  done < <(json_values "$REPLY/config.json")
  # Without any entry Docker would look for such a program by itself.
  (umask 077 && printf '{"auths":{"%s":{}}%s}\n' "$1" "$context" >"$WORK/config/config.json")
  export DOCKER_CONFIG=$WORK/config
}
