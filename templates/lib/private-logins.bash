# private_store HOST: has the program take the login for HOST from where only this run looks. All other logins stay.
private_store() {
  local auth
  auth=$(printf '%s:%s' "$USERNAME" "$PASSWORD" | base64 | tr -d '\n')
  case $COPIER in
    skopeo)
      DEST_LOGIN=$WORK/auth.json
      (umask 077 && printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$1" "$auth" >"$DEST_LOGIN")
      ;;
    crane) private_docker "$1" "$auth" ;;
    regctl) private_regctl "$1" ;;
  esac
}

# private_docker HOST AUTH: a copy of docker's settings with that login. A helper without name is none.
private_docker() {
  local FILES HUB file name=$1
  login_files
  link_config
  # crane looks for Docker Hub by that name alone.
  [ "$name" != docker.io ] || name=$HUB
  for file in ${FILES[@]+"${FILES[@]}"}; do
    [ ! -f "$file" ] || break
  done
  (umask 077 && {
    printf '{"auths":{"%s":{"auth":"%s"}' "$name" "$2"
    other_entries "$file" auths "$1"
    printf '},"credHelpers":{"%s":""' "$name"
    other_helpers "$file" "$1"
    printf '}\n'
  } >"$WORK/config/config.json")
  export DOCKER_CONFIG=$WORK/config
}

# private_regctl HOST: a copy of regctl's own settings, to which it adds that login itself. They come before docker's.
private_regctl() {
  local file
  regctl_file
  file=$REPLY
  (umask 077 && if [ -f "$file" ]; then cat "$file"; else printf '{}\n'; fi >"$WORK/regctl.json")
  export REGCTL_CONFIG=$WORK/regctl.json
  within 20 regctl_login "$1" >/dev/null 2>&1
}

# regctl_login HOST: becomes regctl that writes the login down. The password comes through a pipe.
regctl_login() {
  exec regctl registry login --skip-check --user "$USERNAME" --pass-stdin "$1" < <(printf '%s' "$PASSWORD")
}

# other_entries FILE PART HOST: prints what a part of a file of settings has of all hosts but one, with a comma before
# each.
other_entries() {
  local part key name value entry='' end=''
  [ -f "$1" ] || return 0
  while IFS=$'\t' read -r part key name value; do
    case $part,$value in
      "\"$2\"," | "\"$2\","*$'\t'*) continue ;;
      "\"$2\","*) ! names_host "$key" "$3" || continue ;;
      *) continue ;;
    esac
    if [ "$key" = "$entry" ]; then printf ','; else printf '%s,%s:{' "$end" "$key"; fi
    printf '%s:%s' "$name" "$value"
    entry=$key end='}'
  done < <(json_values "$1")
  printf '%s' "$end"
}

# other_helpers FILE HOST: prints the programs that keep passwords for other hosts, and closes their list.
other_helpers() {
  local part key name store=''
  [ ! -f "$1" ] || while IFS=$'\t' read -r part key name; do
    case $part in
      '"credsStore"') store=",\"credsStore\":$key" ;;
      '"credHelpers"') names_host "$key" "$2" || printf ',%s:%s' "$key" "$name" ;;
    esac
  done < <(json_values "$1")
  printf '}%s' "$store"
}
