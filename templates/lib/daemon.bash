# The process of the engine that the client speaks to, and the unit of systemd that it is; empty where there is none.
DAEMON=''
UNIT=''

# What a dockerd was started with: its settings, its pidfile, where it listens (one a line), whether mirrors are named
# and whether it belongs to a user.
FLAG_SETTINGS=''
FLAG_PIDFILE=''
FLAG_HOSTS=''
FLAG_MIRRORS=''
FLAG_ROOTLESS=''

# find_daemon: sets DAEMON, UNIT and the flags, or ends the script.
find_daemon() {
  local endpoint
  find_endpoint
  endpoint=$REPLY
  seek_daemon "$endpoint"
  case $DAEMON in
    '') die 3 "$MSG_DAEMON_ELSEWHERE" "$endpoint" ;;
    *' '*) die 3 "$MSG_DAEMON_SEVERAL" "$DAEMON" "$endpoint" ;;
  esac
  read_flags "$DAEMON"
  find_unit
}

# seek_daemon ENDPOINT: sets DAEMON to what listens there. Of several, as in containers, it is the one that wrote its
# pidfile here.
seek_daemon() {
  local folder pid matches='' owners=''
  for folder in /proc/[0-9]*; do
    has_line "$folder/comm" dockerd || continue
    pid=${folder#/proc/}
    read_flags "$pid"
    listens_at "$1" || continue
    matches="$matches $pid"
    ! has_line "${FLAG_PIDFILE:-/var/run/docker.pid}" "$pid" || owners="$owners $pid"
  done
  # shellcheck disable=SC2086 # these are numbers
  without_children ${owners:-$matches}
  DAEMON=${REPLY# }
}

# without_children PID...: sets REPLY to those that are still there and whose parent is none of them. A dockerd that
# starts a program is two for a moment.
without_children() {
  local pid key value parent
  REPLY=''
  for pid in "$@"; do
    parent=''
    while read -r key value; do
      [ "$key" != PPid: ] || parent=$value
    done 2>/dev/null <"/proc/$pid/status"
    case " $* " in
      *" ${parent:-$pid} "*) ;;
      *) REPLY="$REPLY $pid" ;;
    esac
  done
}

# has_line FILE TEXT: whether its first line is that.
has_line() {
  local line=''
  { read -r line <"$1"; } 2>/dev/null
  [ "$line" = "$2" ]
}

# find_endpoint: sets REPLY to where the client looks for the engine.
find_endpoint() {
  REPLY=${DOCKER_HOST:-}
  if [ -z "$REPLY" ]; then
    within 20 "$ENGINE" context inspect --format '{{.Endpoints.docker.Host}}' >"$SCRATCH" 2>/dev/null
    read -r REPLY <"$SCRATCH"
  fi
  short_socket "${REPLY:-unix:///run/docker.sock}"
}

# read_flags PID
read_flags() {
  local word flag=''
  FLAG_SETTINGS='' FLAG_PIDFILE='' FLAG_HOSTS='' FLAG_MIRRORS='' FLAG_ROOTLESS=''
  while IFS= read -r -d '' word; do
    if [ -n "$flag" ]; then
      word=$flag=$word flag=''
    fi
    case $word in
      --config-file | --pidfile | -p | --host | -H | --registry-mirror) flag=$word ;;
      --config-file=*) FLAG_SETTINGS=${word#*=} ;;
      --pidfile=* | -p=*) FLAG_PIDFILE=${word#*=} ;;
      --host=* | -H=*) add_host "${word#*=}" ;;
      -H?*) add_host "${word#-H}" ;;
      --registry-mirror=*) FLAG_MIRRORS=yes ;;
      --rootless | --rootless=true) FLAG_ROOTLESS=yes ;;
    esac
  done 2>/dev/null <"/proc/$1/cmdline"
  [ "$UID" -eq 0 ] || [ ! -O "/proc/$1" ] || FLAG_ROOTLESS=yes
}

# listens_at ENDPOINT: whether the one whose flags were read does. Without such a flag it is the usual socket.
listens_at() {
  case $'\n'$FLAG_HOSTS,$1 in
    *$'\n'"$1"$'\n'*) ;;
    $'\n,unix:///run/user/'*) [ -n "$FLAG_ROOTLESS" ] ;;
    $'\n,unix:///run/docker.sock' | *$'\nfd://'*',unix:///run/docker.sock') [ -z "$FLAG_ROOTLESS" ] ;;
    *) return 1 ;;
  esac
}

# add_host ADDRESS: one more place where it listens.
add_host() {
  short_socket "$1"
  FLAG_HOSTS=$FLAG_HOSTS$REPLY$'\n'
}

# short_socket ADDRESS: sets REPLY to the address; /var/run is /run.
short_socket() {
  case $1 in
    unix:///var/run/*) REPLY=unix:///run/${1#unix:///var/run/} ;;
    *) REPLY=$1 ;;
  esac
}

# find_unit: sets UNIT. A unit of the user is told by a signal, as the others could be.
find_unit() {
  local unit
  UNIT=''
  type -P systemctl >/dev/null || return 0
  for unit in docker snap.docker.dockerd; do
    within 20 systemctl show -p MainPID "$unit" >"$SCRATCH" 2>/dev/null
    ! grep -x "MainPID=$DAEMON" "$SCRATCH" >/dev/null || UNIT=$unit
  done
}

# settings_of_daemon: sets REPLY to its daemon.json: where it was told to look, else where its kind looks.
settings_of_daemon() {
  case $FLAG_SETTINGS,$FLAG_ROOTLESS,$UNIT in
    /*) REPLY=$FLAG_SETTINGS ;;
    ?*,*,*) REPLY=/proc/$DAEMON/cwd/$FLAG_SETTINGS ;;
    ,yes,*) REPLY=${XDG_CONFIG_HOME:-${HOME:-}/.config}/docker/daemon.json ;;
    ,,snap.*) REPLY=/var/snap/docker/current/config/daemon.json ;;
    *) REPLY=/etc/docker/daemon.json ;;
  esac
}
