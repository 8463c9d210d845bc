# registries_conf ADDRESS...: prints a drop-in for Podman by which these are asked before Docker Hub.
registries_conf() {
  local mirror
  printf '[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n'
  for mirror in "$@"; do
    printf '\n[[registry.mirror]]\nlocation = "%s"\n' "${mirror#*://}"
    case $mirror in
      http:*) printf 'insecure = true\n' ;;
    esac
  done
}

# podman_settings: sets REPLY to the drop-in, root's or the user's.
podman_settings() {
  REPLY=/etc/containers
  [ "$UID" -eq 0 ] || REPLY=${XDG_CONFIG_HOME:-${HOME:-}/.config}/containers
  REPLY=$REPLY/registries.conf.d/50-mirrors-of-docker-hub.conf
}
