# bash_dns HOST: the first step without curl. The system may know the name.
bash_dns() {
  split_host "$1"
  if ! type -P getent >/dev/null; then
    without_curl
    return
  fi
  within 10 getent hosts "$REPLY" >"$SCRATCH" || break_as 'no such host' "$REPLY"
}

# bash_tcp HOST: the second one. Bash can open a connection, if it was built so.
bash_tcp() {
  local said
  split_host "$1"
  within 10 open_socket "$REPLY" "$PORT" 2>"$SCRATCH" && return
  said=$(last_line "$SCRATCH")
  case $(cat "$SCRATCH") in
    '') break_as 'i/o timeout' "$1" ;;
    *'No such file'*) without_curl ;;
    *'not known'* | *resolution*) break_as 'no such host' "$REPLY" ;;
    *) break_as 'connect: connection refused' "${said##*: }" ;;
  esac
}
