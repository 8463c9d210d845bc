# The mirrors to try, in their order, without a slash at the end, and whether one was named that no engine would take.
MIRRORS=()
BAD_MIRROR=''

# What engines take for a host.
HOST_PATTERN='^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[A-Fa-f0-9:]+])(:[0-9]+)?$'

# candidate ADDRESS: one more to try, if it is one and new.
candidate() {
  local known
  if ! check_address "$1"; then
    BAD_MIRROR=yes
    return
  fi
  for known in ${MIRRORS[@]+"${MIRRORS[@]}"}; do
    if [ "$known" = "${1%/}" ]; then
      warn "$MSG_MIRROR_TWICE" "$known"
      return
    fi
  done
  MIRRORS+=("${1%/}")
}

# check_address ADDRESS: whether the engine would take it; says why not.
check_address() {
  local scheme=${1%%://*} host=${1#*://}
  host=${host%/}
  case $scheme,$host in
    *@*) warn "$MSG_MIRROR_USER" "${1##*@}" ;;
    http,*[/?#]* | https,*[/?#]*) warn "$MSG_MIRROR_PATH" "$1" "$scheme://${host%%[/?#]*}" ;;
    http,* | https,*)
      [[ $host =~ $HOST_PATTERN ]] && return
      warn "$MSG_MIRROR_HOST" "$1"
      ;;
    *) warn "$MSG_MIRROR_SCHEME" "$1" "${host%%[/?#]*}" ;;
  esac
  return 1
}
