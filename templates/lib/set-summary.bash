# The flags to repeat when it is tried again.
AGAIN=()

# What the set has failed by, besides its class.
ERROR=''

# 1 once something that this run found out could not be written down.
UNWRITTEN=0

# How many images there are, and what became of each, and after how long.
TOTAL=0
STATES=()
TOOK=()

# job_class NUMBER: all images have failed by the same.
job_class() {
  printf '%s' "$CLASS"
}

# fail_set CLASS LOG TEXT: notes why it failed: what a program has said, else the text; and returns that it did.
fail_set() {
  ERROR=''
  [ ! -s "$2" ] || ERROR=$(last_line "$2")
  ERROR=${ERROR:-$3}
  describe "$1"
  return 1
}

# explain_stream: notes why the archive did not come: the last program that failed took all before it along.
explain_stream() {
  local names ended number last=0
  names=(engine pack tee skip keep)
  ended=(1)
  [ ! -s "$WORK/ended" ] || read -r -a ended <"$WORK/ended"
  for number in ${ended[@]+"${!ended[@]}"}; do
    [ "${ended[$number]}" -eq 0 ] || last=$number
  done
  detail "$MSG_SAVE_ENDED" "${names[$last]}" "${ended[$last]}"
  explain_log "${names[$last]}" "$DETAIL"
  # The signal that a limit of this shell sends.
  [ "${ended[$last]}" -ne 153 ] || describe file-too-large
}

# explain_log NAME TEXT: notes what the log of a program says, else the text.
explain_log() {
  if [ -s "$WORK/$1.log" ]; then
    ERROR=$(last_line "$WORK/$1.log")
    classify "$(last_lines "$WORK/$1.log")"
  else
    ERROR=$2
    classify "$2"
  fi
  case $1,$CLASS in
    engine,disk-full) ;;
    engine,*) within 20 "$ENGINE" ps -q >/dev/null 2>&1 || describe engine-gone ;;
    *,disk-full)
      detail "$MSG_SAVE_CURE_DISK" "$SET"
      CURE=$DETAIL
      ;;
  esac
}

# end_set STATE: prints how it went and what to do next, and ends the script with the status that says the same.
end_set() {
  local number done=0 failed=0
  trap '' INT TERM HUP
  for number in "${!SOURCES[@]}"; do
    STATES[number]=$1 TOOK[number]=$SECONDS
  done
  case $1 in
    'done' | skipped) done=$TOTAL ;;
    failed) failed=$TOTAL ;;
  esac
  duration "$SECONDS"
  say "$MSG_SUMMARY" "$done" "$TOTAL" "$failed" "$((TOTAL - done - failed))" "$REPLY"
  [ "$failed" -eq 0 ] || explain_failure
  write_result
  [ -z "$STOP" ] || warn "$MSG_STOPPED"
  if [ "$done" -gt 0 ]; then
    say_next
  else
    print_retry
  fi
  exit "${STOP:-$((done < TOTAL || UNWRITTEN))}"
}

# explain_failure: what the set failed by, what that is a sign of, and what helps.
explain_failure() {
  say "$RED$MSG_FAILURE$PLAIN" "$SET" "$ERROR"
  [ -n "$CAUSE" ] || return 0
  say "$MSG_CAUSE" "$CLASS" "$CAUSE"
  say "$MSG_CURE" "$CURE"
}

# set_place: sets REPLY to the folder of the set by a name that says something elsewhere, too.
set_place() {
  REPLY=$SET
  case ${SET##*/} in
    . | ..) REPLY=$(CDPATH='' cd "$SET" && pwd) ;;
  esac
}

# say_next: what to carry, and what to run there.
say_next() {
  local file size=0 words
  for file in ${FILES[@]+"${FILES[@]}"}; do
    bytes_of "$file"
    size=$((size + REPLY))
  done
  size_of "$size"
  say "$GREEN$MSG_SAVE_SET$PLAIN" "$SET" "${#FILES[@]}" "$REPLY"
  set_place
  say "$MSG_SAVE_CARRY" "$REPLY"
  words=(bash load-images.sh)
  [ "${REPLY##*/}" = "$FOLDER" ] || words+=(--from "${REPLY##*/}")
  shell_words ${words[@]+"${words[@]}"}
  say "$MSG_SAVE_THERE" "$REPLY"
}

# print_retry: the one command that goes on.
print_retry() {
  local pattern words
  words=(${CONTAINER_ENGINE:+CONTAINER_ENGINE="$CONTAINER_ENGINE"} bash "$0" ${AGAIN[@]+"${AGAIN[@]}"})
  for pattern in ${ONLY[@]+"${ONLY[@]}"}; do
    words+=(--only "$pattern")
  done
  shell_words ${words[@]+"${words[@]}"}
  say "$MSG_RETRY" "$REPLY"
}
