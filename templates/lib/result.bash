# Where machines read how each image went; empty is nowhere.
RESULT=''

# take_result --result FILE: for take_flag.
take_result() {
  need_value "$@"
  RESULT=$2
  AGAIN+=("$1" "$2")
  REPLY=2
}

# open_result: the file must be writable before anything starts.
open_result() {
  [ -z "$RESULT" ] || : >"$RESULT" || die 2 "$MSG_NO_RESULT" "$RESULT"
}

# write_result: one JSON line for each image.
write_result() {
  local number
  [ -n "$RESULT" ] || return 0
  for ((number = 0; number < TOTAL; number++)); do
    result_line "$number"
  done >"$RESULT" || warn "$MSG_NO_RESULT" "$RESULT"
}

# result_line NUMBER: an image that was not begun is waiting.
result_line() {
  local tries=0 class=null target=null
  [ -z "${TARGETS[$1]:-}" ] || target="\"${TARGETS[$1]}\""
  [ ! -f "$WORK/$1.tries" ] || read -r tries <"$WORK/$1.tries"
  [ "${STATES[$1]:-}" != failed ] || class="\"$(job_class "$1")\""
  printf '{"source":"%s","target":%s,"platform":"%s","state":"%s","class":%s,"seconds":%s,"tries":%s}\n' \
    "${SOURCES[$1]}" "$target" "${PLATFORMS[$1]}" "${STATES[$1]:-waiting}" "$class" "${TOOK[$1]:-0}" "$tries"
}
