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

# job_class NUMBER: the class of its failure. What it did not say itself is in its last words; a job that was killed
# has left none.
job_class() {
  if [ -f "$WORK/$1.class" ]; then
    read -r CLASS <"$WORK/$1.class"
  else
    classify "$(last_lines "$WORK/$1.log")"
  fi
  printf '%s' "$CLASS"
}
