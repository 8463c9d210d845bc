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
  done >"$RESULT" && return
  warn "$MSG_NO_RESULT" "$RESULT"
  UNWRITTEN=1
}

# result_line NUMBER: an image that was not begun is waiting. What a failed one has left is no result.
result_line() {
  local tries=0 class=null target=null source_digest=- target_digest=-
  [ -z "${TARGETS[$1]:-}" ] || target="\"${TARGETS[$1]}\""
  [ ! -f "$WORK/$1.tries" ] || read -r tries <"$WORK/$1.tries"
  case ${STATES[$1]:-} in
    failed) class="\"$(job_class "$1")\"" ;;
    done | skipped) [ ! -f "$WORK/$1.digests" ] || read -r _ _ _ source_digest _ target_digest <"$WORK/$1.digests" ;;
  esac
  json_digest "$source_digest"
  source_digest=$REPLY
  json_digest "$target_digest"
  printf '{"source":"%s","target":%s,"platform":"%s","state":"%s","class":%s,' \
    "${SOURCES[$1]}" "$target" "${PLATFORMS[$1]}" "${STATES[$1]:-waiting}" "$class"
  printf '"source_digest":%s,"target_digest":%s,"seconds":%s,"tries":%s}\n' \
    "$source_digest" "$REPLY" "${TOOK[$1]:-0}" "$tries"
}

# json_digest DIGEST: sets REPLY to it in JSON; - is unknown.
json_digest() {
  REPLY=null
  [ "$1" = - ] || REPLY="\"$1\""
}
