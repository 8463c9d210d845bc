# Whether too little room is a reason to stop; and yes once there is too little.
SPACE_CHECK=yes
SCARCE=''

# need_space: goes on only where the engine has room while it loads. Docker lays the archive out first, and then has its
# layers as well; Podman makes a file of what it reads, and one more of each layer of the image at hand.
need_space() {
  local place kib=0 size
  for size in ${SIZES[@]+"${SIZES[@]}"}; do
    kib=$((kib + size / 1024 + 1))
  done
  engine_folder
  place=$REPLY
  if [ "$ENGINE_KIND" = podman ] && ! on_one_disk "$place" "${TMPDIR:-/var/tmp}"; then
    need_room "${TMPDIR:-/var/tmp}" $((kib * 5 / 4))
    need_room "$place" "$kib"
  elif [ "$ENGINE_KIND" = podman ]; then
    need_room "$place" $((kib * 9 / 4))
  else
    need_room "$place" $((kib * 2))
  fi
  [ -z "$SCARCE" ] || [ -z "$SPACE_CHECK" ] || die 3 "$MSG_LOAD_NO_SPACE"
}

# need_room FOLDER KIB: says what is needed there, and what is free.
need_room() {
  local need free
  size_of $(($2 * 1024))
  need=$REPLY
  [ -z "$1" ] || free_kib "$1"
  if [ -z "$1" ] || [ -z "$REPLY" ]; then
    say "$MSG_LOAD_BLIND" "$need"
    return
  fi
  free=$REPLY
  size_of $((free * 1024))
  say "$MSG_LOAD_ROOM" "$need" "$1" "$REPLY"
  [ "$free" -ge "$2" ] || SCARCE=yes
}

# on_one_disk FOLDER FOLDER: whether what is written to the one is missing in the other.
on_one_disk() {
  local disk
  disk_of "$1"
  disk=$REPLY
  disk_of "$2"
  [ "$disk" = "$REPLY" ]
}
