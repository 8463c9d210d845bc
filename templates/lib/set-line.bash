# What the live line says, when it began to, and its age when it was last drawn.
PHASE=''
BEGAN=0
DRAWN=''

# phase NAME COMMAND...: lets the command flow, with the live line of save or read.
phase() {
  local status
  PHASE=$1 BEGAN=$SECONDS DRAWN=''
  flow "${@:2}"
  status=$?
  printf '%s' "$CLEAR"
  return "$status"
}

# on_tick: draws the live line once a second.
on_tick() {
  local size age=$((SECONDS - BEGAN))
  [ -n "$LIVE" ] && [ "$age" != "$DRAWN" ] || return 0
  DRAWN=$age
  on_disk
  size_of "$REPLY"
  size=$REPLY
  duration "$age"
  case $PHASE in
    save) detail "$MSG_SAVE_LIVE" "$size" "$REPLY" ;;
    read) detail "$MSG_SAVE_LIVE_READ" "$size" "$REPLY" ;;
  esac
  printf '%s\033[?7l%s\033[?7h' "$CLEAR" "$DETAIL"
}

# on_disk: sets REPLY to the bytes of the archive that are there. Only the last of several parts is not full.
on_disk() {
  local LC_ALL=C file size=0
  if [ -z "$SPLIT" ]; then
    bytes_of "$PARTIAL"
    [ "$REPLY" -gt 0 ] || bytes_of "$SET/$ARCHIVE"
    return
  fi
  for file in "$SET/$ARCHIVE".[0-9][0-9][0-9] "$PARTIAL".[a-z][a-z][a-z]; do
    [ ! -f "$file" ] || size=$((size + SPLIT))
    [ ! -f "$file" ] || set -- "$file"
  done
  bytes_of "${1:-}"
  REPLY=$((size > 0 ? size - SPLIT + REPLY : 0))
}
