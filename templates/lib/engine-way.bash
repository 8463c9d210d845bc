# client_gets_in HOST: whether the engine has a way to the registry that this script has not, such as another proxy.
client_gets_in() {
  local CLASS CAUSE CURE DETAIL
  [ "$ENGINE_KIND" != podman ] && [ -z "$HALF_LOGIN" ] && client_login "$1" || return 1
  warn "$MSG_STEP_DIFFERS" "$BROKEN" "$BREAK"
  shell_proxy
  ask info --format '{{.HTTPSProxy}}' || : >"$SCRATCH"
  warn "$MSG_PROXIES" "${REPLY:--}" "$(without_user "$(cat "$SCRATCH")")"
}

# shell_proxy: sets REPLY to the proxy that curl takes for https, without name and password; empty where there is none.
shell_proxy() {
  REPLY=$(without_user "${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}")
}

# without_user URL: prints it without name and password.
without_user() {
  case $1 in
    *@*) printf '%s' "${1##*@}" ;;
    *) printf '%s' "${1:--}" ;;
  esac
}
