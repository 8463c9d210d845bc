# check_hosts: what can be known before anything is copied; nothing is changed on any host.
check_hosts() {
  local number
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    say "$MSG_DEPLOY_HOST" "${HOSTS[$number]}"
    : >"$WORK/lacks$number"
    call "$number" : check || continue
    grep '^lacks ' "$WORK/marks" >"$WORK/lacks$number"
  done
  refuse_lacking
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    ! is_well "$number" || compare_host "$number"
  done
  count_failed
  [ "$REPLY" -lt "${#HOSTS[@]}" ] || end_deployment 3
}

# refuse_lacking: nothing is ever built or pulled from elsewhere on a host, so what is not relayed has to be there.
refuse_lacking() {
  local number image lacking=''
  for number in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    while read -r _ image; do
      lacking=yes
      warn "$MSG_DEPLOY_LACKING" "${HOSTS[$number]}" "${IMAGE_SERVICES[$image]}" "${IMAGE_NAMES[$image]:--}" "${IMAGE_STATES[$image]}"
    done <"$WORK/lacks$number"
  done
  [ -z "$lacking" ] || die 3 "$MSG_DEPLOY_LACKING_CURE"
}

# compare_host NUMBER: finds out what has to be copied, and whether something is in the way.
compare_host() {
  local line missing='' clash=''
  say "$MSG_DEPLOY_COMPARING" "${HOSTS[$1]}"
  call "$1" feed_listing compare || return 0
  : >"$WORK/send$1"
  AT='' COUNT=0 BYTES=0 BIG=''
  while IFS= read -r line; do
    case $line in
      'send '*) plan_send "$1" "${line#send }" ;;
      'kept '*) say_kept "${line#kept }" ;;
      'missing '*) missing="$missing, ${line#missing }" ;;
      'clash '*) clash="$clash, ${line#clash }" ;;
    esac
  done <"$WORK/marks"
  close_send "$1"
  DETAIL=''
  if [ -n "$missing" ]; then
    detail "$MSG_DEPLOY_MISSING" "${missing#, }"
  elif [ -n "$clash" ]; then
    detail "$MSG_DEPLOY_CLASH" "${clash#, }"
  elif [ -n "$BIG" ]; then
    detail "$MSG_DEPLOY_TOO_BIG" "$BIG"
  elif [ ! -s "$WORK/send$1" ]; then
    say "$MSG_DEPLOY_ALL_EQUAL"
  fi
  [ -z "$DETAIL" ] || fail_host "$1" files "$DETAIL"
}

# The path whose files are being counted, how many there are and their bytes; and the paths that are too big.
COUNT=0
BYTES=0
BIG=''

# plan_send NUMBER PATH_AND_LINE: notes one file, folder or link that the host wants.
plan_send() {
  local path=${2%%$'\t'*} line=${2#*$'\t'} kind mode sum size
  [ "$path" = "$AT" ] || close_send "$1"
  AT=$path
  printf '%s\n' "$line" >>"$WORK/send$1"
  IFS=$'\t' read -r kind mode sum size _ <<<"$line"
  [ "$kind" = f ] || return 0
  COUNT=$((COUNT + 1))
  BYTES=$((BYTES + size))
}

# close_send NUMBER: says what of a path is to be copied, and which services will have to see it.
close_send() {
  local number
  if [ "$COUNT" -gt 0 ]; then
    size_of "$BYTES"
    say "$MSG_DEPLOY_TO_COPY" "$AT" "$COUNT" "$REPLY"
    [ "$BYTES" -le 100000000 ] || [ -n "$ALL_DATA" ] || BIG="${BIG:+$BIG, }$AT ($REPLY)"
    for number in ${PATHS[@]+"${!PATHS[@]}"}; do
      [ "${PATHS[$number]}" = "$AT" ] || continue
      case ${PATH_KINDS[$number]} in
        config | data*) printf 'r\t%s\n' "${PATH_SERVICES[$number]}" >>"$WORK/send$1" ;;
      esac
    done
  fi
  COUNT=0 BYTES=0
}

# say_kept COUNT_AND_PATH: what containers may have written on the host is theirs.
say_kept() {
  say "$MSG_DEPLOY_KEPT" "${1#* }" "${1%% *}" "${1#* }"
}

# feed_listing: what compare_files reads on a host.
feed_listing() {
  cat "$WORK/listing"
  printf 'end\n'
}

# feed_files NUMBER: what receive_files reads on a host: a line for each, and after that of a file its bytes.
feed_files() {
  local line kind mode sum size path place
  while IFS= read -r line; do
    IFS=$'\t' read -r kind mode sum size path place <<<"$line"
    printf '%s\n' "$line"
    [ "$kind" != f ] || [ "$size" -eq 0 ] || head -c "$size" "$place"
  done <"$WORK/send$1"
  printf 'end\n'
}

# feed_digests: what start_project reads on a host.
feed_digests() {
  cat "$WORK/digests"
  printf 'end\n'
}

# note_digests: the digests that the images must have: what the compose file pins them to, else what the lock has.
note_digests() {
  local number name
  if [ -z "$LOCK" ]; then
    folder_of "$0"
    LOCK=${REPLY}relay-lock.tsv
    [ -f "$LOCK" ] || warn "$MSG_DEPLOY_NO_LOCK_HERE" "$LOCK"
  elif [ ! -f "$LOCK" ]; then
    die 2 "$MSG_DEPLOY_NO_LOCK_HERE" "$LOCK"
  fi
  read_lock
  : >"$WORK/digests"
  for number in ${IMAGE_STATES[@]+"${!IMAGE_STATES[@]}"}; do
    [ "${IMAGE_STATES[$number]}" = relay ] || continue
    name=${IMAGE_NAMES[$number]}
    lock_row "${IMAGE_SOURCES[$number]:--}" "${IMAGE_PLATFORMS[$number]}"
    case $name,$TARGET_DIGEST in
      *@*) printf '%s %s\n' "$name" "${name##*@}" ;;
      *,sha256:*) [ "$TARGET" != "$name" ] || printf '%s %s\n' "$name" "$TARGET_DIGEST" ;;
    esac
  done >>"$WORK/digests"
}

# deploy_host NUMBER: all that changes a host. One that fails holds up no other.
deploy_host() {
  say "$MSG_DEPLOY_HOST" "${HOSTS[$1]}"
  if [ "$MODE" != dry-run ] && [ -s "$WORK/send$1" ]; then
    call "$1" feed_files receive || return 0
  fi
  call "$1" feed_digests start || return 0
  [ "$MODE" = dry-run ] || say "$MSG_DEPLOY_DEPLOYED" "${HOSTS[$1]}"
}

# end_deployment STATUS: the table, and the end of the script.
end_deployment() {
  print_hosts
  exit "$1"
}
