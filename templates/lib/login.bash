# client_login HOST: whether the engine holds a login that HOST accepts: 0 yes, 1 no, 2 unknown, and then DETAIL says why.
client_login() {
  DETAIL='' CLASS=''
  if [ -n "$USERNAME" ]; then
    within 60 log_in "$1" >"$WORK/login" 2>&1 && return
  elif [ "$ENGINE_KIND" = podman ]; then
    within 20 "$ENGINE" login --get-login "$1" >"$WORK/login" 2>&1 && untried_login && return
    [ -z "$DETAIL" ] || return 2
  else
    [ -d "$WORK/config" ] || copy_config
    within 60 env DOCKER_CONFIG="$WORK/config" "$ENGINE" login "$1" >"$WORK/login" 2>&1 && return
  fi
  explain_login "$1"
}

# untried_login: Podman tells only whether it holds a login. Whether that is accepted is known where the registry was asked.
untried_login() {
  [ -z "$REGISTRY_URL" ] || [ -n "$REGISTRY_HIDDEN" ] || return 0
  detail "$MSG_LOGIN_UNTRIED"
  return 1
}

# explain_login HOST: what the engine's answer means. Docker tries what is stored, then asks for a terminal.
explain_login() {
  case $(cat "$WORK/login") in
    *'401 Unauthorized'* | *unauthorized:* | *'incorrect username'* | *'invalid or expired'* | *'too many 401'* | *'invalid username/password'*)
      refused_login "$1"
      return 1
      ;;
    *'did not succeed'*) ;;
    *'non TTY'* | *non-TTY* | *'not a terminal'* | *'not logged into'*)
      no_login "$1"
      return
      ;;
  esac
  grep -v -i 'non.tty' "$WORK/login" >"$WORK/reason"
  classify "$(last_line "$WORK/reason")"
  detail "$MSG_REGISTRY_SILENT" "$1" "$(last_line "$WORK/reason")"
  return 1
}

# no_login HOST: a token may stand in the place of a password.
no_login() {
  if grep -q identitytoken "$WORK/config/config.json" 2>/dev/null; then
    detail "$MSG_LOGIN_UNKNOWN" "$1"
    return 2
  fi
  missing_login "$1"
  return 1
}

# log_in HOST: becomes the engine that logs in there. The password comes through a pipe.
log_in() {
  trust_flags
  exec "$ENGINE" login ${TRUST[@]+"${TRUST[@]}"} --username "$USERNAME" --password-stdin "$1" < <(printf '%s' "$PASSWORD")
}

# trust_flags: sets TRUST to how the engine is told at each call that plain HTTP or any certificate will do. Docker
# wants it in its daemon.json.
trust_flags() {
  TRUST=()
  case ${INSECURE:+$ENGINE_KIND} in
    podman) TRUST=(--tls-verify=false) ;;
    nerdctl) TRUST=(--insecure-registry) ;;
  esac
}

# login_command: sets REPLY to what logs in where `login HOST` comes behind it.
login_command() {
  REPLY=$ENGINE
}
