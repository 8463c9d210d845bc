# The flags by which crane and regctl are told that plain HTTP or any certificate will do.
TRUST=()

# takes_anything HOST: whether plain HTTP or any certificate will do there: at the registry that is marked so, and on
# this machine.
takes_anything() {
  is_loopback "$1" || { [ -n "$INSECURE" ] && [ "$1" = "${REGISTRY%%/*}" ]; }
}

# crane_trust HOST...: sets TRUST. It has one flag for all of them.
crane_trust() {
  local host
  TRUST=()
  for host in "$@"; do
    ! takes_anything "$host" || TRUST=(--insecure)
  done
}

# regctl_trust HOST...: sets TRUST. It does not try plain HTTP by itself.
regctl_trust() {
  local host tls
  TRUST=()
  for host in "$@"; do
    takes_anything "$host" || continue
    tls=disabled
    ! enter_registry "$host" || case $REGISTRY_URL in https:*) tls=insecure ;; esac
    TRUST+=(--host "reg=$host,tls=$tls")
  done
}

# is_insecure HOST: none of these programs tells what it was told to trust.
is_insecure() {
  return 1
}
