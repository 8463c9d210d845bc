# read_back FILE...: reads an archive from the disk. Into WORK go the sum of each file, the sum of all, and the last
# bytes of what the engine has sent. Who pulls a stick out when all is said to be done has all of it there.
read_back() {
  rm -f "$WORK/sums"
  ! type -P sync >/dev/null || sync
  forget "$@"
  ${SHA256[@]+"${SHA256[@]}"} <"$WORK/whole" >"$WORK/read" &
  read_files "$@" | tee "$WORK/whole" | unpack | tail -c 1024 >"$WORK/end"
  await_readers "${PIPESTATUS[*]}" "$!" || return 1
  [ $# -gt 1 ] || cat "$WORK/read" >"$WORK/sums"
}

# forget FILE...: has the memory forget what it knows of them, where dd can, so that the disk itself is asked.
forget() {
  local file
  for file in "$@"; do
    dd if="$file" iflag=nocache count=0 >/dev/null 2>&1
  done
}

# read_files FILE...: prints them all, and sees to the sum of each if there are several.
read_files() {
  local file
  if [ $# -eq 1 ]; then
    cat <"$1"
    exit
  fi
  for file in "$@"; do
    # Nobody is to wait for the bytes of a file that cannot be opened.
    exec 3<"$file" || exit 1
    ${SHA256[@]+"${SHA256[@]}"} <"$WORK/part" >>"$WORK/sums" 3<&- &
    tee "$WORK/part" <&3 || exit 1
    wait $! || exit 1
  done
}

# unpack: what the engine has sent.
unpack() {
  [ -n "$GZIP" ] || exec cat
  exec gzip -d -c
}

# is_whole: whether what was read ends as archives do, by two empty blocks. An engine that breaks off may say nothing.
is_whole() {
  local size rest
  size=$(wc -c <"$WORK/end")
  rest=$(LC_ALL=C tr -d '\000' <"$WORK/end" | wc -c)
  [ $((size)) -eq 1024 ] && [ $((rest)) -eq 0 ]
}

# first_word FILE: sets REPLY to it, which is the sum where a program has written one.
first_word() {
  REPLY=''
  read -r REPLY _ <"$1"
}

# sum_files FILE...: puts the sum of each into WORK.
sum_files() {
  local file
  for file in "$@"; do
    ${SHA256[@]+"${SHA256[@]}"} <"$file" || return 1
  done >"$WORK/sums"
}

# list_sums FILE...: writes down the sums of these files, which were read, and that of the manifest.
list_sums() {
  local file sum
  {
    for file in "$@"; do
      { read -r sum _ <&3 && printf '%s  %s\n' "$sum" "${file##*/}"; } || return 1
    done 3<"$WORK/sums"
    sum_of "$SET/$MANIFEST" && printf '%s  %s\n' "$REPLY" "$MANIFEST"
  } >"$WORK/list"
}
