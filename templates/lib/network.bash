# network_of CHOICE: sets NETWORK to external or internal, and says why. What comes first counts: CHOICE, the variable
# with _OVERRIDE in its name, NETWORK_VARIABLE itself, the same two in a .env, and at last those who answer.
network_of() {
  local name place
  ! decides --network "$1" || return 0
  for name in "${NETWORK_VARIABLE}_OVERRIDE" "$NETWORK_VARIABLE"; do
    ! decides "$name" "${!name:-}" || return 0
  done
  [ -n "$ENV_FILE" ] || find_env_file
  for name in ${ENV_FILE:+"${NETWORK_VARIABLE}_OVERRIDE" "$NETWORK_VARIABLE"}; do
    place=$(say "$MSG_VARIABLE_IN" "$name" "$ENV_FILE")
    env_value "$ENV_FILE" "$name"
    ! decides "$place" "$REPLY" || return 0
  done
  probe
  tell_probe
}

# decides PLACE VALUE: whether what stands there says which network it is. What is no network ends the script, and
# shows no more of it than a line.
decides() {
  local value=${2:0:80}
  case $2 in
    '' | auto) return 1 ;;
    external | internal) ;;
    *) die 2 "$MSG_NETWORK_UNKNOWN" "$1" "${value//[[:cntrl:]]/?}" ;;
  esac
  NETWORK=$2
  say "$MSG_NETWORK" "$NETWORK" "$1"
}
