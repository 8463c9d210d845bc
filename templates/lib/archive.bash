# How many bytes of the archive are kept from a run before.
KEPT=0

# What the archive is saved by.
SAVE=()

# learn_save: sets SAVE. Docker's store of containerd has images for several platforms; only newer engines can be told
# which one to save, and only one.
learn_save() {
  local number one=${PLATFORMS[0]}
  SAVE=("$ENGINE" save)
  [ "$ENGINE_KIND" != podman ] || SAVE+=(--multi-image-archive --format docker-archive)
  for number in ${PLATFORMS[@]+"${!PLATFORMS[@]}"}; do
    [ "${PLATFORMS[$number]}" = "$one" ] || one=''
  done
  [ "$ENGINE_KIND" = podman ] || [ -z "$one" ] || ! engine_takes save --platform || SAVE+=(--platform "$one")
  SAVE+=(${TARGETS[@]+"${TARGETS[@]}"})
}

# stream_archive: sends the archive to its sum, and to the disk what is not there yet. How each program has ended is in
# WORK then.
stream_archive() {
  local sum ended
  ${SHA256[@]+"${SHA256[@]}"} <"$WORK/whole" >"$WORK/sent" &
  sum=$!
  ${SAVE[@]+"${SAVE[@]}"} 2>"$WORK/engine.log" | pack 2>"$WORK/pack.log" | tee "$WORK/whole" 2>"$WORK/tee.log" |
    skip 2>"$WORK/skip.log" | keep 2>"$WORK/keep.log"
  ended="${PIPESTATUS[*]}"
  printf '%s\n' "$ended" >"$WORK/ended"
  if [ "$ended" = '0 0 0 0 0' ]; then
    wait "$sum"
  else
    kill -KILL "$sum"
    return 1
  fi
}

# pack: compresses the archive where it is to be, the same way each time.
pack() {
  [ -n "$GZIP" ] || exec cat
  exec gzip -n -c
}

# skip: leaves out what is there.
skip() {
  [ "$KEPT" -gt 0 ] || exec cat
  exec tail -c "+$((KEPT + 1))"
}

# keep: puts the rest on the disk.
keep() {
  [ -n "$SPLIT" ] || exec cat >>"$PARTIAL"
  exec split -a 3 -b "$SPLIT" - "$PARTIAL."
}
