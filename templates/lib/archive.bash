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

# Where Podman puts layers aside, which it leaves when it is ended; empty for other engines.
ASIDE=''

# open_aside: makes ASIDE.
open_aside() {
  [ "$ENGINE_KIND" = podman ] || return 0
  ASIDE=$(mktemp -d "${TMPDIR:-/var/tmp}/compose-relay.XXXXXX") || die 3 "$MSG_NO_WORKDIR" "${TMPDIR:-/var/tmp}"
}

# stream_archive: sends the archive to its sum, to be compared with what is kept, and to the disk what is not there yet.
# How each program has ended is in WORK then.
stream_archive() {
  local readers ended
  readers=()
  [ -z "$ASIDE" ] || export TMPDIR=$ASIDE
  ${SHA256[@]+"${SHA256[@]}"} <"$WORK/whole" >"$WORK/sent" &
  readers+=("$!")
  set -- "$WORK/whole"
  : >"$WORK/differ"
  if [ "$KEPT" -gt 0 ] && type -P cmp >/dev/null; then
    compare_kept ${FILES[@]+"${FILES[@]}"} <"$WORK/again" &
    readers+=("$!")
    set -- "$@" "$WORK/again"
  fi
  ${SAVE[@]+"${SAVE[@]}"} 2>"$WORK/engine.log" | pack 2>"$WORK/pack.log" | tee "$@" 2>"$WORK/tee.log" |
    skip 2>"$WORK/skip.log" | keep 2>"$WORK/keep.log"
  ended=${PIPESTATUS[*]}
  printf '%s\n' "$ended" >"$WORK/ended"
  await_readers "$ended" ${readers[@]+"${readers[@]}"}
}

# await_readers STATUSES PID...: waits for those that read what a pipe has sent, if all went well there; else they may
# still wait for it to begin.
await_readers() {
  local reader status=0
  case $1 in
    *[!0\ ]*) status=1 ;;
  esac
  shift
  for reader in "$@"; do
    [ "$status" -eq 0 ] || kill -KILL "$reader" 2>/dev/null
    wait "$reader" || status=1
  done
  return "$status"
}

# pack: compresses the archive where it is to be, the same way each time.
pack() {
  [ -n "$GZIP" ] || exec cat
  exec gzip -n -c
}

# skip: leaves out what is there.
skip() {
  [ "$KEPT" -gt 0 ] || exec cat
  # That of busybox counts to 4 GiB.
  tail -c "+$((KEPT + 1))" </dev/null >/dev/null 2>&1 || exec dd bs=65536 iflag=fullblock,skip_bytes skip="$KEPT"
  exec tail -c "+$((KEPT + 1))"
}

# keep: puts the rest on the disk.
keep() {
  if [ -z "$SPLIT" ]; then
    cat >>"$PARTIAL"
    exit
  fi
  exec split -a 3 -b "$SPLIT" - "$PARTIAL."
}
