# dry_run JOB: shows what the job would run for each image. It needs no engine.
dry_run() {
  local number
  find_engine
  ENGINE=${ENGINE:-${CONTAINER_ENGINE:-docker}}
  open_workdir
  name_engine
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    "$1" "$number"
  done
}
