# Who is asked, as `public HOST` or `harbor HOST`, and by which process.
PROBED=()
PROBE_PIDS=()

# ask_harbor HOST: asks it, if there is any. No secret goes there, so that any certificate will do, and where the
# registry is known to be insecure plain HTTP, too.
ask_harbor() {
  case $1 in
    '' | *[!]A-Za-z0-9.:_[-]*) return ;;
  esac
  ask_host harbor "$1" https -k
  [ -z "$HARBOR_INSECURE" ] || ask_host harbor "$1" http
}

# ask_host KIND HOST SCHEME [FLAG]: begins to ask a host, in the background. What is found out goes to a file.
ask_host() {
  local file=$WORK/probe.${#PROBED[@]} url=$3://$2/v2/
  PROBED+=("$1 $2")
  case $2 in
    docker.io | index.docker.io) url=https://registry-1.docker.io/v2/ ;;
  esac
  if type -P curl >/dev/null; then
    curl -q -sg ${4:+"$4"} -m 3 -D "$file.head" -o /dev/null -w '%{http_code}\n' "$url" </dev/null >"$file" 2>/dev/null &
  else
    try_connection "$2" "$file" </dev/null >/dev/null 2>&1 &
  fi
  PROBE_PIDS+=("$!")
}

# try_connection HOST FILE: all that bash can find out without curl.
try_connection() {
  split_host "$1"
  open_socket "$REPLY" "$PORT" && printf 'connected\n' >"$2"
}

# is_answer FILE: whether what is noted there is the answer of a registry, and not of a portal or a proxy.
is_answer() {
  local status=''
  [ ! -f "$1" ] || read -r status <"$1"
  case $status in
    connected) ;;
    200 | 401) LC_ALL=C grep -i -e '^docker-distribution-api-version:' -e '^www-authenticate:' "$1.head" >/dev/null ;;
    *) return 1 ;;
  esac
}
