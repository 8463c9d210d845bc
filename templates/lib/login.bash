# engine_login HOST: whether the engine holds a login that HOST accepts: 0 yes, 1 no, 2 unknown, and then DETAIL says why.
engine_login() {
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

# missing_login HOST: says that there is no login, and how to come by one.
missing_login() {
  classify 'no basic auth credentials'
  if [ -n "$USERNAME_ENV" ]; then
    detail "$MSG_NO_VARIABLES" "$1" "$USERNAME_ENV" "$PASSWORD_ENV" "$ENGINE" "$1"
  else
    detail "$MSG_NOT_LOGGED_IN" "$1" "$ENGINE" "$1"
  fi
}

# refused_login HOST: says that there is a wrong one.
refused_login() {
  classify 'incorrect username or password'
  if [ -n "$USERNAME" ]; then
    detail "$MSG_VARIABLES_REFUSED" "$1" "$USERNAME_ENV" "$PASSWORD_ENV"
  else
    detail "$MSG_LOGIN_REFUSED" "$1" "$ENGINE" "$1"
  fi
}

# detail FORMAT [ARG...]: puts a sentence into DETAIL.
detail() {
  # shellcheck disable=SC2059 # the formats are the MSG_ constants of this script
  printf -v DETAIL -- "$@"
}
