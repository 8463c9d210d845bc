# What the command line says: what to do, which settings, and what else.
DO='set up'
SETTINGS=''
RANK=''
DRY=''

# The mirrors that work, in the order in which they are written.
WORKING=()

main() {
  parse_flags "$@"
  case $DO,${#MIRRORS[@]} in
    restore,0 | remove,0) ;;
    restore,* | remove,*) die 2 "$MSG_BAD_CHOICE" "--$DO" "${MIRRORS[0]}" ;;
    *,0) [ -n "$BAD_MIRROR" ] || candidates ;;
  esac
  find_engine
  open_workdir
  exec 6>&1 7>&2
  trap close_settings EXIT
  [ "$DO" = probe ] || get_ready
  case $DO in
    restore) restore ;;
    remove) set_up ;;
    *) try_mirrors ;;
  esac
}

usage() {
  say "$MSG_HELP_MIRROR" "${0##*/}"
}

take_flag() {
  REPLY=1
  case $1 in
    --dry-run) DRY=yes ;;
    --probe-only) DO=probe ;;
    --restore) DO=restore ;;
    --remove) DO=remove ;;
    --rank) RANK=yes ;;
    --restart) RESTART=yes ;;
    --preset | --config-file)
      need_value "$@"
      take_choice "$1" "$2"
      REPLY=2
      ;;
    -*) REPLY=0 ;;
    *) candidate "$1" ;;
  esac
}

take_choice() {
  case $1,$2 in
    --preset,seed) preset ;;
    --config-file,/*) SETTINGS=$2 ;;
    --config-file,?*) SETTINGS=$PWD/$2 ;;
    *) die 2 "$MSG_BAD_CHOICE" "$1" "$2" ;;
  esac
}

# preset: what people wrote into their daemon.json for years.
preset() {
  candidate https://registry.cn-hangzhou.aliyuncs.com
  candidate https://docker.mirrors.ustc.edu.cn
  candidate https://hub-mirror.c.163.com
  candidate https://mirror.baidubce.com
}

# get_ready: goes on only with an engine and with settings that can be changed.
get_ready() {
  need_tool cmp
  need_engine
  name_engine
  case $ENGINE_KIND in
    docker)
      need_tool awk
      find_daemon
      [ -z "$FLAG_MIRRORS" ] || die 3 "$MSG_MIRRORS_BY_FLAG" "$DAEMON"
      [ -z "$RESTART" ] || [ -n "$UNIT" ] || die 3 "$MSG_NO_UNIT" "$DAEMON"
      settings_of_daemon
      ;;
    podman) podman_settings ;;
    *) die 3 "$MSG_NO_MIRRORS_HERE" "$ENGINE" ;;
  esac
  open_settings "${SETTINGS:-$REPLY}"
  [ "$ENGINE_KIND" = podman ] || check_json
  [ -n "$DRY" ] || need_right
}

need_tool() {
  type -P "$1" >/dev/null || die 3 "$MSG_TOOL_MISSING" "$1"
}

# settings_for FILE ADDRESS...: prints what the file becomes with these mirrors.
settings_for() {
  if [ "$ENGINE_KIND" = podman ]; then
    registries_conf "${@:2}"
  else
    merge_mirrors "$@"
  fi
}

# try_mirrors: probes all, and writes those that work.
try_mirrors() {
  local mirror
  need_tool curl
  for mirror in ${MIRRORS[@]+"${MIRRORS[@]}"}; do
    try_mirror "$mirror"
  done
  [ -z "$BAD_MIRROR" ] || die 2 "$MSG_BAD_MIRRORS"
  [ "${#WORKING[@]}" -gt 0 ] || die 1 "$MSG_NO_MIRROR"
  [ -z "$RANK" ] || rank
  [ "$DO" = probe ] || set_up ${WORKING[@]+"${WORKING[@]}"}
}

# try_mirror ADDRESS: one line of the table.
try_mirror() {
  if time_probe "$1"; then
    WORKING+=("$1")
    printf '%s %s\n' "$MILLISECONDS" "$1" >>"$WORK/times"
    printf '  ✓ %-46s %6s ms\n' "$1" "$MILLISECONDS"
  else
    printf '  ✗ %-46s %6s ms  %s\n' "$1" "$MILLISECONDS" "$REASON"
  fi
}

# rank: the fastest one comes first.
rank() {
  local mirror ranked=''
  WORKING=()
  while read -r _ mirror; do
    WORKING+=("$mirror")
    ranked="$ranked $mirror"
  done < <(sort -n "$WORK/times")
  say "$MSG_RANKED" "${ranked# }"
}

# The mirrors that are tried where the command line names none, in their order.
candidates() {
  candidate https://docker.m.daocloud.io
  candidate https://docker.1ms.run
}

main "$@"
