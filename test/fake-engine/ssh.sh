#!/usr/bin/env bash
# An ssh that leads to folders of this machine: it becomes what it was asked to run, as a host of that name would see
# it. FAKE_ENGINE/ssh is its directory:
#
#   calls             the words of every call, one call a line
#   NAME/environment  the environment of a host, one variable a line
#   NAME/rules        what goes wrong, one thing a line: refuse TEXT (instead of a connection), cut BYTES (the connection
#                     breaks when so much has been sent), noise TEXT (what its shell prints by itself)
set -u

FAKE_SSH=$FAKE_ENGINE/ssh

main() {
  local word rest host environment=()
  printf '%s\n' "$*" >>"$FAKE_SSH/calls"
  while [ "$1" != -- ]; do shift; done
  host=$FAKE_SSH/${2#*@}
  shift 2
  if [ ! -d "$host" ]; then
    echo "ssh: Could not resolve hostname ${host##*/}: Name or service not known" >&2
    exit 255
  fi
  while IFS= read -r word; do environment+=("$word"); done <"$host/environment"
  [ ! -f "$host/rules" ] || while read -r word rest; do
    case $word in
      refuse) printf '%s\n' "$rest" >&2 && exit 255 ;;
      noise) printf '%s\n' "$rest" ;;
      cut)
        head -c "$rest" <&3 | env -i "${environment[@]}" FAKE_SSH="$FAKE_SSH" "$@" 2>"$host/error"
        word=$?
        if [ "$(head -c 1 <&3 | cksum)" != "$(cksum </dev/null)" ]; then
          echo 'client_loop: send disconnect: Broken pipe' >&2
          exit 255
        fi
        cat "$host/error" >&2
        exit "$word"
        ;;
    esac
  done 3<&0 <"$host/rules"
  exec env -i "${environment[@]}" FAKE_SSH="$FAKE_SSH" "$@"
}

main "$@"
