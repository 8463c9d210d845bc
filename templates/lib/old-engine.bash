# warn_old_engine: says before anything moves what OLD_ENGINE may not be able to read.
warn_old_engine() {
  [ -n "$OLD_ENGINE" ] && keeps_layers || return 0
  warn "$MSG_OLD_ENGINE" "$OLD_ENGINE"
}

# keeps_layers: whether the engine sends layers as their publishers have compressed them. The classic store of Docker
# and Podman compress them anew, by gzip.
keeps_layers() {
  case $ENGINE_KIND in
    nerdctl) return 0 ;;
    docker) ask info --format '{{json .DriverStatus}}' && grep -F io.containerd.snapshotter "$SCRATCH" >/dev/null ;;
    *) return 1 ;;
  esac
}
