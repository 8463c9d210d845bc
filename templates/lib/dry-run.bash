# dry_run JOB [LEARN]: shows what the job would run for each image. It needs no engine; LEARN is what finds out what the
# engine can do, if there is one.
dry_run() {
  local number
  find_engine
  ENGINE=${ENGINE:-${CONTAINER_ENGINE:-docker}}
  open_workdir
  name_engine
  "${2:-:}"
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    "$1" "$number"
  done
}
