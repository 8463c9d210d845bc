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

# find_env_file: sets ENV_FILE to the .env of this directory, else to the one beside this script, if there is any.
find_env_file() {
  local file beside
  beside=$(dirname -- "${BASH_SOURCE[0]:-$0}")/.env
  [ ! "$beside" -ef .env ] || beside=''
  for file in .env ${beside:+"$beside"}; do
    if is_readable "$file"; then
      ENV_FILE=$file
      return
    fi
    [ ! -e "$file" ] || warn "$MSG_ENV_FILE_SKIPPED" "$file"
  done
}

# is_readable FILE: whether it is a file, and one that can be read.
is_readable() {
  [ -f "$1" ] && [ -r "$1" ]
}

# tell_probe: sets NETWORK by who has answered, and says who that was.
tell_probe() {
  local reason
  NETWORK=internal
  if [ -n "$PUBLIC_ANSWER" ]; then
    NETWORK=external
    reason=$(say "$MSG_PROBE_PUBLIC" "$PUBLIC_ANSWER")
  elif [ -n "$HARBOR_ANSWER" ]; then
    reason=$(say "$MSG_PROBE_HARBOR" "$HARBOR_ANSWER")
  else
    tell_silence
    return
  fi
  say "$MSG_NETWORK" "$NETWORK" "$reason"
}

# tell_silence: says that nobody has answered, and what decides then.
tell_silence() {
  if [ "${#PROBED[@]}" -gt 0 ]; then
    say "$MSG_NETWORK_SILENT" "$(silent_hosts)" "$NETWORK_VARIABLE"
  else
    say "$MSG_NETWORK_ASSUMED" "$NETWORK_VARIABLE"
  fi
}

# silent_hosts: prints those who were asked and have not answered, each once.
silent_hosts() {
  local host hosts=''
  for host in ${PROBED[@]+"${PROBED[@]}"}; do
    case "$hosts, " in
      *", ${host#* }, "*) ;;
      *) hosts="$hosts, ${host#* }" ;;
    esac
  done
  printf '%s' "${hosts#, }"
}
