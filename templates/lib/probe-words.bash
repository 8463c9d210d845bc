# tell_probe: sets NETWORK by who has answered, and says who that was.
tell_probe() {
  local reason
  NETWORK=internal
  if [ -n "$PUBLIC_ANSWER" ]; then
    NETWORK=external
    reason=$(say "$MSG_PROBE_PUBLIC" "$PUBLIC_ANSWER")
  elif [ -n "$HARBOR_ANSWER" ]; then
    reason=$(say "$MSG_PROBE_HARBOR" "$HARBOR_ANSWER")
  else
    tell_silence
    return
  fi
  say "$MSG_NETWORK" "$NETWORK" "$reason"
}

# tell_silence: says that nobody has answered, and what decides then.
tell_silence() {
  if [ "${#PROBED[@]}" -gt 0 ]; then
    say "$MSG_NETWORK_SILENT" "$(silent_hosts)" "$NETWORK_VARIABLE"
  else
    say "$MSG_NETWORK_ASSUMED" "$NETWORK_VARIABLE"
  fi
}

# silent_hosts: prints those who were asked and have not answered, each once.
silent_hosts() {
  local host hosts=''
  for host in ${PROBED[@]+"${PROBED[@]}"}; do
    case "$hosts, " in
      *", ${host#* }, "*) ;;
      *) hosts="$hosts, ${host#* }" ;;
    esac
  done
  printf '%s' "${hosts#, }"
}
