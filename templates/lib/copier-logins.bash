# login_command: sets REPLY to what logs in where `login HOST` comes behind it.
login_command() {
  case $COPIER in
    skopeo) REPLY=skopeo ;;
    crane) REPLY='crane auth' ;;
    regctl) REPLY='regctl registry' ;;
  esac
}

# login_files: sets FILES to where the program looks for logins, and HUB to the name that Docker Hub has for programs
# that keep passwords.
login_files() {
  HUB=https://index.docker.io/v1/
  FILES=("${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json")
  case $COPIER in
    skopeo)
      containers_files
      HUB=docker.io
      ;;
    crane) [ -f "${FILES[0]}" ] || containers_files ;;
    regctl)
      regctl_logins
      FILES=("$WORK/regctl-logins.json" "${FILES[0]}")
      ;;
  esac
}

# regctl_file: sets REPLY to the file of regctl's own settings.
regctl_file() {
  REPLY=${REGCTL_CONFIG:-${HOME:-}/.regctl/config.json}
}

# regctl_logins: writes the logins of regctl's own settings down as docker would have them.
regctl_logins() {
  local part key name value user='' logins=''
  regctl_file
  [ ! -f "$REPLY" ] || while IFS=$'\t' read -r part key name value; do
    case $part,$name in
      '"hosts","user"') unquote "$value" && user=$REPLY ;;
      '"hosts","pass"')
        unquote "$value" || continue
        logins="$logins,$key:{\"auth\":\"$(printf '%s:%s' "$user" "$REPLY" | base64 | tr -d '\n')\"}"
        ;;
    esac
  done < <(json_values "$REPLY")
  (umask 077 && printf '{"auths":{%s}}\n' "${logins#,}" >"$WORK/regctl-logins.json")
}

# client_login HOST: whether the program holds a login for HOST: 0 yes, 1 no, 2 unknown, and then DETAIL says why. Where
# the registry could be asked, it has accepted it.
client_login() {
  DETAIL='' CLASS=''
  [ -z "$USERNAME" ] || return 0
  if ! stored_login "$1"; then
    detail "$MSG_LOGIN_HIDDEN"
    return 2
  fi
  if [ -z "$REPLY" ]; then
    missing_login "$1"
    return 1
  fi
  [ -z "$REGISTRY_URL" ] || return 0
  detail "$MSG_LOGIN_UNTRIED"
  return 2
}
