# on_done JOB: runs once more, after all others, what failed and may pass.
on_done() {
  local job=$1 number left
  left=()
  for number in ${STATES[@]+"${!STATES[@]}"}; do
    [ "${STATES[$number]}" != failed ] || ! may_pass "$number" || left+=("$number")
  done
  [ -z "$STOP" ] && [ "${#left[@]}" -gt 0 ] || return 0
  say "$CLEAR$MSG_SECOND_PASS" "${#left[@]}"
  for number in ${left[@]+"${left[@]}"}; do
    unset "STATES[$number]"
    rm -f "$WORK/$number.class"
    ENDED=$((ENDED - 1))
    FAILED=$((FAILED - 1))
  done
  work_off "$job" ${left[@]+"${left[@]}"}
}

# may_pass NUMBER: whether the failure of a job is one that may pass.
may_pass() {
  describe "$(job_class "$1")"
  [ "$PASSES" != no ]
}

# job_class NUMBER: the class of its failure. A job that was killed has left no word of it.
job_class() {
  local class=unknown
  [ ! -f "$WORK/$1.class" ] || read -r class <"$WORK/$1.class"
  printf '%s' "$class"
}
