# The login that the environment has; where it has none, the engine's own store counts. What the environment has by these
# names itself goes: all programs would be told what takes its place.
unset USERNAME PASSWORD
USERNAME=''
PASSWORD=''

# take_variables HOST: reads the login from the environment, and lets no other process read it there. Returns 1 where
# one half of it is missing.
take_variables() {
  USERNAME='' PASSWORD=''
  [ -n "$USERNAME_ENV" ] || return 0
  USERNAME=${!USERNAME_ENV:-} PASSWORD=${!PASSWORD_ENV:-}
  export -n "${USERNAME_ENV?}" "${PASSWORD_ENV?}"
  case ${USERNAME:+user}${PASSWORD:+password} in
    '') return 0 ;;
    userpassword)
      private_store "$1"
      return
      ;;
    user) detail "$MSG_NO_CREDENTIALS" "$1" "$PASSWORD_ENV" "$USERNAME_ENV" ;;
    *) detail "$MSG_NO_CREDENTIALS" "$1" "$USERNAME_ENV" "$PASSWORD_ENV" ;;
  esac
  USERNAME='' PASSWORD=''
  return 1
}

# know_login HOST: sets REGISTRY_LOGIN to the base64 of USER:PASSWORD, from the environment or as the engine has it.
know_login() {
  REGISTRY_LOGIN='' REGISTRY_HIDDEN=''
  if [ -n "$USERNAME" ]; then
    REPLY=$(printf '%s:%s' "$USERNAME" "$PASSWORD" | base64 | tr -d '\n') || REPLY=''
    [ -n "$REPLY" ]
  else
    stored_login "$1"
  fi
  case $? in
    0) REGISTRY_LOGIN=$REPLY ;;
    *) REGISTRY_HIDDEN=yes ;;
  esac
}
