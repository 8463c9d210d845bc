# need_login HOST: whether the engine holds a login that HOST accepts; says what is missing if not.
need_login() {
  if [ "$ENGINE_KIND" = podman ]; then
    within 20 "$ENGINE" login --get-login "$1" >"$WORK/login" 2>&1 && return
  else
    copy_config
    within 60 env DOCKER_CONFIG="$WORK/config" "$ENGINE" login "$1" >"$WORK/login" 2>&1 && return
  fi
  explain_login "$1"
}

# explain_login HOST: what the engine's answer means. Docker tries what is stored, then asks for a terminal.
explain_login() {
  case $(cat "$WORK/login") in
    *'401 Unauthorized'* | *unauthorized:* | *'incorrect username'* | *'invalid or expired'* | *'too many 401'*)
      warn "$MSG_LOGIN_REFUSED" "$1" "$ENGINE" "$1"
      return 1
      ;;
    *'did not succeed'*) ;;
    *'non TTY'* | *non-TTY* | *'not a terminal'* | *'not logged into'*)
      no_login "$1"
      return
      ;;
  esac
  grep -v -i 'non.tty' "$WORK/login" >"$WORK/reason"
  warn "$MSG_REGISTRY_SILENT" "$1" "$(last_line "$WORK/reason")"
  return 1
}

# copy_config: a private copy of the client's settings, because a login check rewrites the file it reads.
copy_config() {
  local original=${DOCKER_CONFIG:-${HOME:-}/.docker} file
  case $original in
    /*) ;;
    *) original=$PWD/$original ;;
  esac
  mkdir -m 700 "$WORK/config"
  for file in "$original"/*; do
    [ ! -e "$file" ] || ln -s "$file" "$WORK/config/"
  done
  [ -f "$original/config.json" ] || return 0
  rm "$WORK/config/config.json"
  (umask 077 && cat "$original/config.json" >"$WORK/config/config.json")
}

# no_login HOST: no stored password does no harm where HOST asks for none, or where a token stands in its place.
no_login() {
  is_open "$1" && return
  if grep -q identitytoken "$WORK/config/config.json" 2>/dev/null; then
    warn "$MSG_LOGIN_UNKNOWN" "$1"
    return 0
  fi
  warn "$MSG_NOT_LOGGED_IN" "$1" "$ENGINE" "$1"
  return 1
}

# is_open HOST: whether the registry asks nobody for a login, as far as curl can tell.
is_open() {
  local scheme
  type -P curl >/dev/null || return 1
  for scheme in https http; do
    within 10 curl -qsk -m 8 -o /dev/null -w '%{http_code}' "$scheme://$1/v2/" >"$SCRATCH"
    [ "$(cat "$SCRATCH")" != 200 ] || return 0
  done
  return 1
}
