# Whether the engine is to be restarted instead of being told to read its settings again.
RESTART=''

# reload: lets the engine read its settings. It ends nothing: whoever reloads may have to put them back. Podman does so at each call.
reload() {
  [ "$ENGINE_KIND" = docker ] || return 0
  if [ -n "$RESTART" ]; then
    run_shown systemctl restart "$UNIT" && find_endpoint && seek_daemon "$REPLY"
  elif [ -n "$UNIT" ]; then
    run_shown systemctl reload "$UNIT" || run_shown kill -HUP "$DAEMON"
  else
    run_shown kill -HUP "$DAEMON"
  fi
}

# run_shown COMMAND...: says what went wrong, if something did.
run_shown() {
  show "$@"
  attempt "$@" >"$SCRATCH" 2>&1 && return 0
  warn "$MSG_COMMAND_FAILED" "$1" "$(last_line "$SCRATCH")"
  return 1
}

# settled ADDRESS...: waits until the engine has exactly these mirrors; returns 1 if that does not come to be.
settled() {
  local end=$((SECONDS + 20))
  until in_use "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.3
  done
}

# in_use ADDRESS...: whether the engine has exactly these mirrors, in this order.
in_use() {
  local address listed='' wanted=''
  [ "$ENGINE_KIND" = docker ] || return 0
  within 20 "$ENGINE" info --format '{{range .RegistryConfig.Mirrors}}{{println .}}{{end}}' >"$SCRATCH" 2>/dev/null || return 1
  while read -r address; do
    listed="$listed${address:+ ${address%/}}"
  done <"$SCRATCH"
  for address in "$@"; do
    wanted="$wanted ${address%/}"
  done
  [ "$listed" = "$wanted" ]
}
