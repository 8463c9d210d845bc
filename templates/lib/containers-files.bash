# containers_files: sets FILES to where Podman and its kin keep their logins, the first one first.
containers_files() {
  if [ -n "${REGISTRY_AUTH_FILE:-}" ]; then
    FILES=("$REGISTRY_AUTH_FILE")
    return
  fi
  FILES=("${XDG_RUNTIME_DIR:-/run/user/$UID}/containers/auth.json" "/run/containers/$UID/auth.json")
  FILES+=("${XDG_CONFIG_HOME:-${HOME:-}/.config}/containers/auth.json" "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json")
}
