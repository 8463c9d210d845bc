# The paths of the parts.
FILES=()

# Where Podman puts the copy that it makes of what it reads, and leaves it when it is ended; empty for other engines.
ASIDE=''

# load_set: has the engine load the archive, all parts as one stream. Sets LOAD_ERROR where it does not.
load_set() {
  local feeder loader start=$SECONDS
  show_load
  open_stream
  feed_parts </dev/null >"$WORK/fed" 2>&1 &
  feeder=$!
  take_stream >"$WORK/load.log" 2>&1 &
  loader=$!
  watch_load "$loader"
  end_both "$loader" "$feeder"
  [ -z "$ASIDE" ] || rm -rf "$ASIDE"
  duration $((SECONDS - start))
  say_loaded "$REPLY"
}

# open_stream: makes what both ends of the load meet at. From here on a signal ends the load alone, and what there is to
# say and to remove comes after it.
open_stream() {
  trap 'STOP=130' INT
  trap 'STOP=143' TERM
  trap 'STOP=129' HUP
  mkfifo -m 600 "$WORK/stream" || die 3 "$MSG_NO_WORKDIR" "$WORK"
  [ "$ENGINE_KIND" = podman ] || return 0
  ASIDE=$(mktemp -d "${TMPDIR:-/var/tmp}/compose-relay.XXXXXX") || die 3 "$MSG_NO_WORKDIR" "${TMPDIR:-/var/tmp}"
}

# take_stream: becomes the engine's client.
take_stream() {
  trap '' INT
  [ -z "$ASIDE" ] || export TMPDIR=$ASIDE
  exec "$ENGINE" load <"$WORK/stream"
}

# say_loaded TIME: what came of it, unless a signal ended it.
say_loaded() {
  [ -z "$STOP" ] || return 0
  if [ -z "$LOAD_ERROR" ]; then
    say "$CLEAR$MSG_LOADED" "$1"
  else
    warn "$CLEAR$MSG_LOAD_FAILED" "$LOAD_ERROR"
  fi
}

# show_load: shows what is about to run.
show_load() {
  part_files
  shell_words cat ${FILES[@]+"${FILES[@]}"}
  ! unpacks || REPLY="$REPLY | gzip -dc"
  set -- "$REPLY"
  shell_words "$ENGINE" load
  printf '%s+ %s | %s\n' "$CLEAR" "$1" "$REPLY"
}

# part_files: sets FILES to the paths of all parts.
part_files() {
  local name
  FILES=()
  for name in ${PARTS[@]+"${PARTS[@]}"}; do FILES+=("$SET/$name"); done
}

# feed_parts: becomes the program that sends them. No joined copy is on any disk. What Ctrl-C means to all processes of
# the terminal is the script's business, here and at the other end.
feed_parts() {
  trap '' INT
  unpacks || exec cat ${FILES[@]+"${FILES[@]}"} >"$WORK/stream"
  exec gzip -dc < <(exec cat ${FILES[@]+"${FILES[@]}"}) >"$WORK/stream"
}

# unpacks: whether the archive is unpacked on its way. Podman 4 takes no compressed one from a pipe.
unpacks() {
  [ "$ENGINE_KIND" = podman ] || return 1
  case ${PARTS[0]} in
    *.gz | *.gz.*) ;;
    *) return 1 ;;
  esac
}

# watch_load PID: waits for the engine's client, or a signal.
watch_load() {
  local start=$SECONDS nap=0.02
  while [ -z "$STOP" ] && kill -0 "$1" 2>/dev/null; do
    [ $((SECONDS - start)) -lt 2 ] || nap=0.2
    duration $((SECONDS - start))
    # shellcheck disable=SC2059 # the format is a MSG_ constant of this script
    [ -z "$LIVE" ] || printf "$CLEAR$MSG_LOAD_LIVE" "$REPLY"
    sleep "$nap"
  done
}

# end_both LOADER FEEDER: ends what still runs, and finds out what went wrong. The engine may leave the end of the
# stream unread, which is no fault of the files.
end_both() {
  local loaded fed
  CHILD=$1
  [ -z "$STOP" ] || end_child
  wait "$1"
  loaded=$?
  CHILD=$2
  end_child
  wait "$2"
  fed=$?
  if [ "$fed" -gt 0 ] && [ "$fed" -lt 128 ] && [ -s "$WORK/fed" ]; then
    LOAD_ERROR=$(last_line "$WORK/fed") LOAD_CLASS=medium
  elif [ "$loaded" -ne 0 ]; then
    LOAD_ERROR=$(error_of_load)
    class_of_load
  fi
}
