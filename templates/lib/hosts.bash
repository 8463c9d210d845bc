# The hosts; for each the step that failed and why, empty where none did; and the flags of ssh.
HOSTS=()
FAILED_STEPS=()
CAUSES=()
SSH_FLAGS=()

# Why something cannot be done.
DETAIL=''

# take_host WORD: for take_flag. What is no name of a host never reaches ssh.
take_host() {
  local host=${1##*@} user=user known
  case $1 in
    *@*) user=${1%@*} ;;
  esac
  case $user in
    '' | -* | *[!A-Za-z0-9._-]*) die 2 "$MSG_DEPLOY_HOST_BAD" "$1" ;;
  esac
  case $host in
    '' | -* | *[!A-Za-z0-9._:%-]*) die 2 "$MSG_DEPLOY_HOST_BAD" "$1" ;;
    *:*:*) ;;
    *:*) die 2 "$MSG_DEPLOY_HOST_PORT" "$1" ;;
  esac
  for known in ${HOSTS[@]+"${HOSTS[@]}"}; do
    [ "$known" != "$1" ] || die 2 "$MSG_DEPLOY_HOST_TWICE" "$1"
  done
  HOSTS+=("$1")
  FAILED_STEPS+=('')
  CAUSES+=('')
  REPLY=1
}

# take_ssh FLAG VALUE: for take_flag.
take_ssh() {
  need_value "$@"
  case $1 in
    --ssh-option) SSH_FLAGS+=(-o "$2") ;;
    --identity) SSH_FLAGS+=(-i "$2") ;;
    -F) SSH_FLAGS+=(-F "$2") ;;
    --port)
      case $2 in
        '' | *[!0-9]* | ??????*) die 2 "$MSG_DEPLOY_PORT_BAD" "$2" ;;
      esac
      SSH_FLAGS+=(-p "$2")
      ;;
  esac
  REPLY=2
}

# fail_host NUMBER STEP CAUSE: nothing more is done with this host.
fail_host() {
  FAILED_STEPS[$1]=$2
  CAUSES[$1]=$3
  warn "$MSG_DEPLOY_HOST_FAILED" "${HOSTS[$1]}" "$2" "$3"
}

# detail FORMAT [ARG...]: puts a sentence into DETAIL.
detail() {
  # shellcheck disable=SC2059 # the formats are the MSG_ constants of this script
  printf -v DETAIL -- "$@"
}

# is_well NUMBER: whether nothing has failed with this host so far.
is_well() {
  [ -z "${FAILED_STEPS[$1]}" ]
}

# count_failed: sets REPLY to the number of hosts with which something has failed.
count_failed() {
  local number count=0
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    is_well "$number" || count=$((count + 1))
  done
  REPLY=$count
}

# print_hosts: one line for each host.
print_hosts() {
  local number wide=4
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    [ "${#HOSTS[$number]}" -le "$wide" ] || wide=${#HOSTS[$number]}
  done
  printf '\n%-*s  %-6s  %-8s  %s\n' "$wide" HOST RESULT STEP CAUSE
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    if is_well "$number"; then
      printf '%-*s  %-6s  %-8s  %s\n' "$wide" "${HOSTS[$number]}" ok - -
    else
      printf '%-*s  %-6s  %-8s  %s\n' "$wide" "${HOSTS[$number]}" failed "${FAILED_STEPS[$number]}" "${CAUSES[$number]}"
    fi
  done
}
