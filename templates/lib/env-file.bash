# find_env_file: sets ENV_FILE to the .env of this directory, else to the one beside this script, if there is any.
find_env_file() {
  local file beside
  beside=$(dirname -- "${BASH_SOURCE[0]:-$0}")/.env
  [ ! "$beside" -ef .env ] || beside=''
  for file in .env ${beside:+"$beside"}; do
    if is_readable "$file"; then
      ENV_FILE=$file
      return
    fi
    [ ! -e "$file" ] || warn "$MSG_ENV_FILE_SKIPPED" "$file"
  done
}

# is_readable FILE: whether it is a file, and one that can be read.
is_readable() {
  [ -f "$1" ] && [ -r "$1" ]
}

# env_value FILE NAME: sets REPLY to what a .env gives the variable, empty where that is nothing. Lines are read as
# Compose reads simple ones: none is executed, and the last one counts.
env_value() {
  local line value='' mark=$'\xef\xbb\xbf'
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      *"$2"*) ;;
      *) continue ;;
    esac
    line=${line#"$mark"}
    ! env_line "$line" "$2" || value=$REPLY
  done <"$1"
  REPLY=$value
}

# env_line LINE NAME: sets REPLY to what the line gives the variable; returns 1 where it gives it nothing.
env_line() {
  strip "$1"
  case $REPLY in
    export[[:space:]]*) strip "${REPLY#export}" ;;
  esac
  case $REPLY in
    "$2"*) strip "${REPLY:${#2}}" ;;
    *) return 1 ;;
  esac
  case $REPLY in
    [=:]*) strip "${REPLY:1}" ;;
    *) return 1 ;;
  esac
  unquote_env
}

# unquote_env: sets REPLY to the value that it writes, without quotes and comment.
unquote_env() {
  case $REPLY in
    \'*\'*) REPLY=${REPLY:1} REPLY=${REPLY%%\'*} ;;
    \"*\"*) REPLY=${REPLY:1} REPLY=${REPLY%%\"*} ;;
    *) strip "${REPLY%%' #'*}" ;;
  esac
}

# strip TEXT: sets REPLY to the text without the blanks around it.
strip() {
  REPLY=${1#"${1%%[![:space:]]*}"}
  REPLY=${REPLY%"${REPLY##*[![:space:]]}"}
}
