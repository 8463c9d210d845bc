# How many bytes of what is kept may differ from what the engine sends now. Docker's classic store dates a folder of the
# archive anew each time, and lists the images at its end in any order.
FEW_BYTES=100000

# compare_kept FILE...: notes in WORK which bytes of what is kept differ from what comes: where, and what they are now.
compare_kept() {
  local feeder
  cat "$@" >"$WORK/kept" &
  feeder=$!
  cmp -l - "$WORK/kept" 2>/dev/null | head -n "$((FEW_BYTES + 1))" >"$WORK/differ"
  kill -KILL "$feeder" 2>/dev/null
  cat >/dev/null
}

# correct_kept: puts right what differs; returns 1 where that is too much.
correct_kept() {
  local count at byte next=0 start=0 run=''
  [ -s "$WORK/differ" ] || return 0
  count=$(($(wc -l <"$WORK/differ")))
  [ "$count" -le "$FEW_BYTES" ] || return 1
  say "$MSG_SAVE_CORRECTED" "$count"
  while read -r at byte _; do
    # Long words are slow.
    if [ "$at" -ne "$next" ] || [ $((at - start)) -ge 1024 ] || [ $(((at - 1) % ${SPLIT:-$at})) -eq 0 ]; then
      put_bytes "$start" "$run" || return 1
      start=$at run=''
    fi
    run=$run'\0'$byte
    next=$((at + 1))
  done <"$WORK/differ"
  put_bytes "$start" "$run"
}

# put_bytes PLACE ESCAPES: writes bytes over those of the archive from that one on, of which the first is 1.
put_bytes() {
  local place=$(($1 - 1))
  [ -n "$2" ] || return 0
  REPLY=$PARTIAL
  if [ -n "$SPLIT" ]; then
    part $((place / SPLIT + 1))
    place=$((place % SPLIT))
  fi
  printf '%b' "$2" | dd of="$REPLY" bs=1 seek="$place" conv=notrunc 2>/dev/null
}
