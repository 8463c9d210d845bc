# The images to save, the name of each in the archive, its platform, and its name here.
SOURCES=()
TARGETS=()
PLATFORMS=()
LOCAL=()

# With --list, what is printed of each instead.
ROWS=()

main() {
  SET=$FOLDER
  parse_flags "$@"
  images
  check_selection
  name_archive
  case $MODE in
    list) list ;;
    dry-run) dry_run ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_SAVE" "${0##*/}" "$FOLDER"
}

take_flag() {
  case $1 in
    --list | --dry-run | --only) take_mode "$@" ;;
    --to | --split | --gzip | --no-space-check) take_set "$@" ;;
    --result) take_result "$@" ;;
    --lock) take_lock "$@" ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE TARGET [PLATFORM]: one line of the list below.
image() {
  selected "$1" "$2" || return 0
  if [ "$MODE" = list ]; then
    ROWS+=("$1"$'\t'"$2")
    return
  fi
  SOURCES+=("$1")
  TARGETS+=("$2")
  PLATFORMS+=("${3:-$PLATFORM}")
}

list() {
  [ "${#ROWS[@]}" -eq 0 ] || printf '%s\n' "${ROWS[@]}"
}

# dry_run: shows what would be run. It needs no engine.
dry_run() {
  find_engine
  ENGINE=${ENGINE:-${CONTAINER_ENGINE:-docker}}
  open_workdir
  name_engine
  name_images
  tag_images
  learn_save
  show ${SAVE[@]+"${SAVE[@]}"}
}

run() {
  TOTAL=${#SOURCES[@]}
  prepare
  need_images || die 3 "$MSG_SAVE_NOTHING"
  name_images
  find_set
  describe_images || die 3 "$MSG_SAVE_NOTHING"
  look_at_set
  open_terminal
  open_flow
  [ "$FOUND" != all ] || ! prove_set || keep_set
  [ -z "$STOP" ] || end_set ''
  need_space || die 3 "$MSG_SAVE_NOTHING"
  warn_old_engine
  learn_save
  open_aside
  make_set
  ! make_archive || end_set 'done'
  end_failed
}

# prepare: finds what a run needs besides images and room.
prepare() {
  find_engine
  open_result
  [ -z "$LOCK" ] || [ -r "$LOCK" ] || die 2 "$MSG_SAVE_NO_LOCK" "$LOCK"
  find_lock
  find_sha256 || die 3 "$MSG_NO_SHA256"
  [ -z "$GZIP" ] || need_program gzip --gzip
  [ -z "$SPLIT" ] || need_program split --split
  open_workdir
  need_engine
  name_engine
}

# need_program NAME FLAG: what a flag takes has to be here.
need_program() {
  type -P "$1" >/dev/null || die 3 "$MSG_SAVE_NO_PROGRAM" "$1" "$2"
}

# find_set: the folder of the set, or what there is above it, has to be one that can be written.
find_set() {
  trap leave EXIT
  # Others are to read what they carry.
  umask 022
  existing_folder
  if [ ! -d "$REPLY" ] || [ ! -w "$REPLY" ]; then die 3 "$MSG_SAVE_READ_ONLY" "$REPLY"; fi
  [ ! -d "$SET" ] || seize_set
}

# make_set: makes the folder where there is none.
make_set() {
  [ -z "$TAKEN" ] || return 0
  mkdir -p "$SET" || die 3 "$MSG_SAVE_READ_ONLY" "$SET"
  seize_set
}

# name_images: sets LOCAL to the names by which the images are here.
name_images() {
  local number
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    name_here "$number"
    LOCAL[number]=$HERE
  done
}

# tag_images: gives all images the names that they have in the archive.
tag_images() {
  local number
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    [ "$MODE" = dry-run ] || ! are_same "${LOCAL[$number]}" "${TARGETS[$number]}" || continue
    set -- "$ENGINE" tag "${LOCAL[$number]}" "${TARGETS[$number]}"
    show "$@"
    if [ "$MODE" = dry-run ] || attempt "$@" 2>"$WORK/engine.log"; then continue; fi
    explain_log engine "$MSG_NO_ERROR"
    return 1
  done
}

# make_archive: all that is done for a set.
make_archive() {
  tag_images && begin_set 2>"$WORK/files.log" && save_set
}

# keep_set: there is nothing to do for a set that is all there.
keep_set() {
  ! renew_manifest 2>"$WORK/files.log" || end_set skipped
  end_failed
}

# end_failed: ends the script where something failed, or a signal came.
end_failed() {
  [ -z "$STOP" ] || end_set ''
  [ -n "$ERROR" ] || explain_log files "$MSG_NO_ERROR"
  end_set failed
}

# leave: what this script does last of all.
leave() {
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  trap '' INT TERM HUP
  end_group
  release_set
  [ -z "$ASIDE" ] || rm -rf "$ASIDE"
  close_workdir
}

# The images, one a line: the name in the project, then the name at the registry, which is that in the archive.
images() {
  SOURCES=()
  image busybox:1.36 registry.example.com/team/busybox:1.36
  image caddy:2.8 registry.example.com/team/caddy:2.8
  image ghcr.io/dexidp/dex:v2.41.1 registry.example.com/team/dexidp-dex:v2.41.1
  image group/tool:11.4-extra registry.example.com/team/group-tool:11.4-extra
  image mariadb:11.4 registry.example.com/team/mariadb:11.4
  image memcached:1.6-alpine registry.example.com/team/memcached:1.6-alpine
  image quay.io/prometheus/node-exporter:v1.8.2 registry.example.com/team/prometheus-node-exporter:v1.8.2
  image traefik:v3.1 registry.example.com/team/traefik:v3.1
}

main "$@"
