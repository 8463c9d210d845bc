# The services that are built, in that order: the image of each while it is tried, the name under which others are
# built on it, and the keys of its build that would store more than the image.
SERVICES=()
IMAGES=()
MADE_FOR=()
WITHOUT=()

# How each build ended, done or failed, after how many seconds, and whether that was too late.
ENDS=()
SPENT=()
LATE=()

# The services to build; none are all.
ONLY=()

# Whether what was built stays.
KEEP=''

# How many lines of the log of a build that failed are shown.
TAIL=15

# build SERVICE IMAGE [base=NAME] [without=KEY]...: one line of the list below.
build() {
  local number=${#SERVICES[@]} fact
  SERVICES+=("$1")
  IMAGES+=("$2")
  MADE_FOR+=('')
  WITHOUT+=('')
  for fact in "${@:3}"; do
    case $fact in
      base=*) MADE_FOR[number]=${fact#*=} ;;
      without=*) WITHOUT[number]="${WITHOUT[$number]} ${fact#*=}" ;;
    esac
  done
}

# chosen SERVICE: whether it is one of those to build.
chosen() {
  local service
  [ "${#ONLY[@]}" -gt 0 ] || return 0
  for service in ${ONLY[@]+"${ONLY[@]}"}; do
    [ "$service" != "$1" ] || return 0
  done
  return 1
}

# check_choice: a service that nothing builds is an error.
check_choice() {
  local service other
  for service in ${ONLY[@]+"${ONLY[@]}"}; do
    for other in ${SERVICES[@]+"${SERVICES[@]}"}; do
      [ "$other" != "$service" ] || continue 2
    done
    die 2 "$MSG_NO_SERVICE" "$service"
  done
}

# build_services: builds each once, one after the other. One that fails does not stop the others.
build_services() {
  local number count=0 total=0
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
    ! chosen "${SERVICES[$number]}" || total=$((total + 1))
  done
  for number in ${SERVICES[@]+"${!SERVICES[@]}"}; do
    chosen "${SERVICES[$number]}" || continue
    count=$((count + 1))
    say "$MSG_TEST_BUILD" "$count" "$total" "${SERVICES[$number]}" "${IMAGES[$number]}"
    build_service "$number"
    [ -z "${ENDS[$number]:-}" ] || end_build "$number" "$count" "$total"
  done
}

# build_service NUMBER: done is what the engine has in the end.
build_service() {
  local start=$SECONDS status flags
  flags=()
  case ${SERVICES[$1]} in
    -*) flags+=(--) ;;
  esac
  compose_line -f "$WORK/test-images.yaml" build ${flags[@]+"${flags[@]}"} "${SERVICES[$1]}"
  show ${LINE[@]+"${LINE[@]}"}
  [ "$MODE" != dry-run ] || return 0
  TMPDIR=$WORK PYTHONUNBUFFERED=1 in_group "$TIMEOUT" in_project ${LINE[@]+"${LINE[@]}"} >"$WORK/build.$1.log" 2>&1
  status=$?
  SPENT[$1]=$((SECONDS - start))
  ENDS[$1]=failed
  case $status in
    0) ! here "${IMAGES[$1]}" || ENDS[$1]='done' ;;
    124)
      LATE[$1]=yes
      { say "$MSG_TIMEOUT" "$TIMEOUT"; } >>"$WORK/build.$1.log"
      ;;
  esac
  [ "$status" -ne 0 ] || [ "${ENDS[$1]}" = 'done' ] || { say "$MSG_TEST_NO_IMAGE" "${IMAGES[$1]}"; } >>"$WORK/build.$1.log"
  [ "${ENDS[$1]}" = failed ] || [ -z "${MADE_FOR[$1]}" ] || lend_name "$1"
}

# end_build NUMBER COUNT TOTAL: one line for each build that ended.
end_build() {
  local REPLY
  duration "${SPENT[$1]}"
  case ${ENDS[$1]} in
    done) say "$MSG_DONE" "$2" "$3" "${SERVICES[$1]}" "$REPLY" ;;
    failed) say "$MSG_FAILED" "$2" "$3" "${SERVICES[$1]}" "$(build_error "$1")" ;;
  esac
}

# build_error NUMBER: the last thing that the build said, but for what older Compose says at the end of each that failed.
build_error() {
  local line
  grep -v "Service '.*' failed to build" "$WORK/build.$1.log" >"$SCRATCH"
  line=$(last_line "$SCRATCH")
  printf '%s' "${line:-$MSG_NO_ERROR}"
}
