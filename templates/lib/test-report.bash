# report: a table of all builds, then what those said last that failed.
report() {
  local number width=7 mark good=0 bad=0 REPLY
  for number in ${ENDS[@]+"${!ENDS[@]}"}; do
    [ "${#SERVICES[$number]}" -le "$width" ] || width=${#SERVICES[$number]}
  done
  say "$MSG_TEST_TABLE"
  for number in ${ENDS[@]+"${!ENDS[@]}"}; do
    case ${ENDS[$number]} in
      done) mark=✅ good=$((good + 1)) ;;
      *) mark=❌ bad=$((bad + 1)) ;;
    esac
    duration "${SPENT[$number]}"
    printf '  %s %-*s  %7s  %s\n' "$mark" "$width" "${SERVICES[$number]}" "$REPLY" "${IMAGES[$number]}"
  done
  for number in ${ENDS[@]+"${!ENDS[@]}"}; do
    [ "${ENDS[$number]}" = 'done' ] || explain_build "$number"
  done
  say "$MSG_TEST_SUMMARY" "$good" "$bad" "$((good + bad))"
  [ "$bad" -eq 0 ]
}

# explain_build NUMBER: the end of its log, what that is a sign of, and what helps.
explain_build() {
  say "$MSG_TEST_LOG" "${SERVICES[$1]}"
  LC_ALL=C sed -e $'s/\033\\[[0-9;]*[A-Za-z]//g' -e '/[^[:space:][:cntrl:]]/!d' "$WORK/build.$1.log" |
    tail -n "$TAIL" | LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C sed 's/^/    | /'
  if [ -n "${LATE[$1]:-}" ]; then
    describe timeout
  else
    classify "$(last_lines "$WORK/build.$1.log")"
  fi
  [ -n "$CAUSE" ] || return 0
  say "$MSG_CAUSE" "$CLASS" "$CAUSE"
  say "$MSG_CURE" "$CURE"
}

# remove_containers NUMBER: those of steps that failed, which the older builder leaves. Its log names them.
remove_containers() {
  local id
  [ -f "$WORK/build.$1.log" ] || return 0
  while read -r id; do
    case $id in
      '' | *[!0-9a-f]*) continue ;;
    esac
    ask container inspect --format '{{.Id}}' "$id" || continue
    show "$ENGINE" rm "$id"
    within 60 "$ENGINE" rm "$id" >"$SCRATCH" 2>&1 || warn "$MSG_TEST_STAYS" "$id" "$(last_line "$SCRATCH")"
  done < <(LC_ALL=C sed -n 's/^ ---> Running in \([0-9a-f]*\)$/\1/p' "$WORK/build.$1.log")
}

# clean_up: takes away the names that this run gave, and the images with them that have no other. Each had been free.
clean_up() {
  local name number status=0
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do remove_containers "$number"; done
  for name in ${NAMES[@]+"${NAMES[@]}"}; do
    here "$name" || continue
    name=$REPLY
    if [ -n "$KEEP" ]; then
      say "$MSG_TEST_KEPT" "$name"
      continue
    fi
    show "$ENGINE" rmi "$name"
    within 60 "$ENGINE" rmi "$name" >"$SCRATCH" 2>&1 && continue
    warn "$MSG_TEST_STAYS" "$name" "$(last_line "$SCRATCH")"
    status=1
  done
  NAMES=()
  return "$status"
}

# leave: what the end of the script does, however it comes.
leave() {
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  trap '' INT TERM HUP
  end_group
  end_child
  clean_up
  [ "${#CLAIMS[@]}" -eq 0 ] || rmdir "${CLAIMS[@]}"
  close_workdir
}
