# stored_login HOST: sets REPLY to the base64 of USER:PASSWORD that the client holds for that host, empty when it holds
# none; returns 1 when that cannot be known.
stored_login() {
  local file FILES HUB
  login_files
  REPLY=''
  for file in ${FILES[@]+"${FILES[@]}"}; do
    [ -f "$file" ] || continue
    if ! login_in "$file" "$1"; then
      REPLY=''
      return 1
    fi
    [ -z "$REPLY" ] || return 0
  done
}

# login_in FILE HOST: the same for one file of settings. A program that keeps passwords comes before what stands there.
login_in() {
  local part key name value entry='' helper='' store='' auth='' token=''
  [ -r "$1" ] || return 1
  while IFS=$'\t' read -r part key name value; do
    case $part in
      '"credsStore"') unquote "$key" && store=$REPLY ;;
      '"credHelpers"') names_host "$key" "$2" && unquote "$name" && helper=$REPLY ;;
      '"auths"')
        names_host "$key" "$2" || continue
        # The name as it is comes before the other ways to write it.
        [ "$key" = "$entry" ] || [ -z "$entry" ] || [ "$key" = "\"$2\"" ] || continue
        [ "$key" = "$entry" ] || entry=$key auth='' token=''
        case $name in
          '"auth"') unquote "$value" && auth=$REPLY ;;
          '"identitytoken"' | '"registrytoken"') [ "$value" = '""' ] || token=yes ;;
        esac
        ;;
    esac
  done < <(json_values "$1")
  REPLY=''
  helper=${helper:-$store}
  if [ -n "$helper" ]; then
    login_from "$helper" "$2" || return 1
    [ -z "$REPLY" ] || return 0
  fi
  case $token$auth in
    '') ;;
    *[!A-Za-z0-9+/=]*) return 1 ;;
    *) [ -z "$token" ] && REPLY=$auth ;;
  esac
}

# names_host KEY HOST: whether a key of the settings, quoted as there, means that host.
names_host() {
  local name
  unquote "$1" || return 1
  name=${REPLY#https://}
  name=${name#http://}
  case $name in
    */v[12]/) name=${name%/v[12]/} ;;
    *) name=${name%/} ;;
  esac
  case $2 in
    docker.io | index.docker.io) [ "$name" = docker.io ] || [ "$name" = index.docker.io ] ;;
    *) [ "$name" = "$2" ] ;;
  esac
}

# login_from HELPER HOST: the same from docker-credential-HELPER; returns 1 when that does not work.
login_from() {
  local name value user='' secret='' status
  case $1 in
    *[!A-Za-z0-9._-]*) return 1 ;;
  esac
  type -P "docker-credential-$1" >/dev/null && type -P base64 >/dev/null || return 1
  case $2 in
    docker.io | index.docker.io) printf '%s' "$HUB" ;;
    *) printf '%s' "$2" ;;
  esac >"$SCRATCH.host"
  (umask 077 && : >"$SCRATCH.secret") || return 1
  within 30 run_helper "$1" >"$SCRATCH.secret" 2>/dev/null
  status=$?
  REPLY=''
  if [ "$status" -ne 0 ]; then
    grep 'credentials not found' "$SCRATCH.secret" >/dev/null
    return
  fi
  while IFS=$'\t' read -r name value; do
    unquote "$value" || REPLY=''
    case $name in
      '"Username"') user=$REPLY ;;
      '"Secret"') secret=$REPLY ;;
    esac
  done < <(json_values "$SCRATCH.secret")
  : >"$SCRATCH.secret"
  [ -n "$user" ] && [ -n "$secret" ] && [ "$user" != '<token>' ] || return 1
  REPLY=$(printf '%s:%s' "$user" "$secret" | base64 | tr -d '\n')
}

# run_helper HELPER: becomes the helper, which reads the host, so that it can be ended.
run_helper() {
  exec "docker-credential-$1" get <"$SCRATCH.host"
}
