# dry_run JOB: shows what the job would run for each image.
dry_run() {
  local number
  for number in "${!SOURCES[@]}"; do
    "$1" "$number"
  done
}
