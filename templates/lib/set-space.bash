# How many bytes the archive has at most, as far as the engine tells; empty is unknown.
NEEDED=''

# need_space: goes on only where there is room for the set, and for what the engine puts aside meanwhile. What is there
# of an archive counts: it is kept, or makes room.
need_space() {
  local root here disk left
  estimate
  [ -n "$NEEDED" ] || return 0
  left=$((NEEDED > DATA_BYTES ? NEEDED - DATA_BYTES : 0))
  put_aside
  root=$REPLY
  say_need "$root"
  warn_many_parts
  existing_folder
  here=$REPLY
  disk_of "$here"
  disk=$REPLY
  [ -z "$root" ] || disk_of "$root"
  if [ -n "$root" ] && [ "$disk" = "$REPLY" ]; then
    has_room "$here" $((left + NEEDED))
  else
    { [ -z "$root" ] || has_room "$root" "$NEEDED"; } && has_room "$here" "$left"
  fi
}

# say_need ROOT: says how much it is, and where.
say_need() {
  size_of "$NEEDED"
  if [ -n "$1" ]; then
    say "$MSG_SAVE_NEEDS_TWICE" "$REPLY" "$SET" "$1"
  else
    say "$MSG_SAVE_NEEDS" "$REPLY" "$SET"
  fi
}

# warn_many_parts: says which size of parts is surely large enough where this one may not be: their names have three
# digits.
warn_many_parts() {
  local most
  [ -n "$SPLIT" ] && [ -z "$GZIP" ] || return 0
  most=$((NEEDED / SPLIT + 1))
  [ "$most" -le 999 ] || warn "$MSG_SAVE_MAY_BE_MANY" "$most" "$((NEEDED / 999 / 1048576 + 1))m"
}

# has_room FOLDER BYTES: whether so many are free there.
has_room() {
  local free
  free_kib "$1"
  free=$((${REPLY:-0} * 1024))
  [ "$CHECKS_SPACE" = yes ] && [ -n "$REPLY" ] && [ "$free" -lt "$2" ] || return 0
  size_of "$free"
  free=$REPLY
  size_of "$2"
  warn "$MSG_SAVE_NO_ROOM" "$1" "$REPLY" "$free"
  return 1
}

# existing_folder: sets REPLY to the folder of the set, or to what there is above it.
existing_folder() {
  REPLY=$SET
  while [ ! -e "$REPLY" ]; do
    case $REPLY in
      */*) REPLY=${REPLY%/*} ;;
      *) REPLY=. ;;
    esac
    REPLY=${REPLY:-/}
  done
}

# put_aside: sets REPLY to where the engine unpacks all of the archive before it sends anything, as Docker's classic store
# does; empty where there is no such place, or it cannot be seen.
put_aside() {
  REPLY=''
  [ "$ENGINE_KIND" != docker ] || keeps_layers || engine_folder
}

# estimate: sets NEEDED to what all images have, or to what the engine's store has, if that is less: images share
# layers. An archive has a little more for each file.
estimate() {
  local sum
  sum_images
  sum=$REPLY
  ask_store
  NEEDED=$((REPLY > 0 && REPLY < sum ? REPLY : sum))
  if [ "$NEEDED" -eq 0 ]; then
    NEEDED=''
  else
    NEEDED=$((NEEDED + NEEDED / 20 + 65536))
  fi
}

# sum_images: sets REPLY to the sizes of all images, each once.
sum_images() {
  local id size sum=0
  ask image inspect --format '{{.Id}} {{.Size}}' ${LOCAL[@]+"${LOCAL[@]}"}
  while read -r id size; do
    case $size in
      *[!0-9]* | '') continue ;;
    esac
    is_in SIZED "$id" || sum=$((sum + size))
    put SIZED "$id" "$size"
  done <"$SCRATCH"
  REPLY=$sum
}

# ask_store: sets REPLY to what all images here take, 0 where the engine does not say it soon. It rounds.
ask_store() {
  local kind size
  REPLY=0
  within 20 "$ENGINE" system df --format '{{.Type}} {{.Size}}' >"$SCRATCH" 2>/dev/null || return 0
  while read -r kind size; do
    [ "$kind" != Images ] || in_bytes "$size"
  done <"$SCRATCH"
}

# in_bytes SIZE: sets REPLY to the bytes of a size such as 1.25GB; 0 where it is none.
in_bytes() {
  local number=${1%%[!0-9.]*} unit=0 fraction
  case ${1#"$number"} in
    B) unit=1 ;;
    kB) unit=1000 ;;
    MB) unit=1000000 ;;
    GB) unit=1000000000 ;;
    TB) unit=1000000000000 ;;
  esac
  fraction=${number#"${number%%.*}"}
  fraction=${fraction#.}000
  number=${number%%.*}
  fraction=${fraction:0:3}
  REPLY=$((10#${number:-0} * unit + 10#$fraction * unit / 1000))
}
