# What a host says after this word is meant for this script, not for people.
TOKEN=''

# open_links: on descriptor 7 a host is heard. The connections to hosts are ended with the script.
open_links() {
  TOKEN=@$RANDOM$RANDOM$RANDOM
  mkfifo -m 600 "$WORK/talk" || die 3 "$MSG_NO_WORKDIR" "$WORK"
  exec 7<>"$WORK/talk"
  trap 'close_links; close_workdir' EXIT
}

close_links() {
  local number
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    [ ! -S "$WORK/link$number" ] || (ssh_to "$number" -O exit) >/dev/null 2>&1 </dev/null
  done
}

# ssh_to NUMBER [FLAG...]: becomes the ssh to a host. What the command line says comes first, for ssh takes the first
# value of an option; one connection serves all calls where its socket has a name that ssh takes.
ssh_to() {
  local number=$1
  shift
  set -- -T -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 "$@"
  case $WORK in
    *[\"%]*) ;;
    *) [ "${#WORK}" -gt 75 ] || set -- -o ControlMaster=auto -o ControlPersist=60 -o "ControlPath=\"$WORK/link$number\"" "$@" ;;
  esac
  exec ssh ${SSH_FLAGS[@]+"${SSH_FLAGS[@]}"} "$@" -- "${HOSTS[$number]}" bash -s
}

# call NUMBER FEED WORD...: has a host run this script by these words, with what FEED prints as its standard input.
# Returns 0 only where the script has said there that it came to its end.
call() {
  local number=$1 status
  : >"$WORK/marks"
  CHILD=next
  speak "$@" </dev/null >"$WORK/talk" 2>"$WORK/error" 7>&- &
  CHILD=$!
  listen
  await_child
  status=$?
  clean_lines <"$WORK/error" >"$WORK/said"
  sed 's/^/  /' <"$WORK/said" >&2
  [ "$status" -eq 0 ] && grep -x end "$WORK/marks" >/dev/null && return
  explain_call "$number" "$status"
  return 1
}

# speak NUMBER FEED WORD...: the words are for bash there, whatever shell people have: it reads them before the script.
# A signal for this process is one for all that it has started.
speak() {
  local number=$1 feed=$2
  shift 2
  trap 'kill $! 2>/dev/null; wait $!; exit 143' TERM HUP
  trap '' INT
  ssh_to "$number" < <(recite "$@" && "$feed" "$number") &
  wait $!
}

# recite WORD...: what a host gets to read.
recite() {
  local word
  quote "${CONTAINER_ENGINE:-}"
  printf 'CONTAINER_ENGINE=%s\nset -- @host' "$REPLY"
  for word in "$TOKEN" "$MODE" "$TO" "$PROFILES" "$ONLY_SERVICES" "$TIMEOUT" "$VPC_HOST" "$@"; do
    quote "$word"
    printf ' %s' "$REPLY"
  done
  printf '\n'
  cat "$0"
}

# quote TEXT: sets REPLY to one word of a shell, byte for byte.
quote() {
  local rest=$1
  REPLY=\'
  while [ "$rest" != "${rest#*\'}" ]; do
    REPLY=$REPLY${rest%%\'*}"'\\''"
    rest=${rest#*\'}
  done
  REPLY=$REPLY$rest\'
}

# listen: shows people what a host says for them, until CHILD has ended or the script has there.
listen() {
  local line
  while :; do
    if IFS= read -r -t 1 -u 7 line; then
      hear "$line"
      [ "$line" != "$TOKEN end" ] || return 0
    elif ! kill -0 "$CHILD" 2>/dev/null; then
      while IFS= read -r -t 1 -u 7 line; do hear "$line"; done
      return
    fi
  done
}

hear() {
  case $1 in
    "$TOKEN "*) printf '%s\n' "${1#"$TOKEN "}" >>"$WORK/marks" ;;
    *) printf '%s\n' "$1" | clean_lines | sed 's/^/  /' ;;
  esac
}

# clean_lines: without colours and control characters, and without what a file of variables has: it may be a secret.
clean_lines() {
  LC_ALL=C sed -e $'s/\033\\[[0-9;?]*[A-Za-z]//g' -e 's/ near ".*/ near …/' -e '/^[[:space:]]*$/d' | LC_ALL=C tr -d '\000-\011\013-\037\177'
}

# explain_call NUMBER STATUS: notes at which step a call has failed, and why.
explain_call() {
  local word step=connect text
  while read -r word text; do
    [ "$word" != step ] || step=$text
  done <"$WORK/marks"
  text=$(last_line "$WORK/said")
  DETAIL=$text
  if [ -z "$text" ]; then
    detail "$MSG_DEPLOY_LINK_LOST" "$2"
  elif [ "$2" -eq 255 ] && [ "$step" != connect ]; then
    detail "$MSG_DEPLOY_LINK_LOST" "$text"
  fi
  fail_host "$1" "$step" "$DETAIL"
}
