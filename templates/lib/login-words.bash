# missing_login HOST: says that there is no login, and how to come by one.
missing_login() {
  classify 'no basic auth credentials'
  login_command
  if [ -n "$USERNAME_ENV" ]; then
    detail "$MSG_NO_VARIABLES" "$1" "$USERNAME_ENV" "$PASSWORD_ENV" "$REPLY" "$1"
  else
    detail "$MSG_NOT_LOGGED_IN" "$1" "$REPLY" "$1"
  fi
}

# refused_login HOST: says that there is a wrong one.
refused_login() {
  classify 'incorrect username or password'
  login_command
  if [ -n "$USERNAME" ]; then
    detail "$MSG_VARIABLES_REFUSED" "$1" "$USERNAME_ENV" "$PASSWORD_ENV"
  else
    detail "$MSG_LOGIN_REFUSED" "$1" "$REPLY" "$1"
  fi
}
