# engine_name REFERENCE: sets REPLY to the name under which the engine knows it; Podman wants full names.
engine_name() {
  REPLY=$1
  [ "$ENGINE_KIND" != podman ] || qualify "$1"
}
