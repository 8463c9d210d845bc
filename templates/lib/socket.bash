# open_socket HOST PORT
open_socket() {
  exec 3<>"/dev/tcp/$1/$2"
}

# split_host HOST: sets REPLY to its name and PORT to its port.
split_host() {
  PORT=443
  REPLY=$1
  case $1 in
    '['*']') ;;
    *:*) REPLY=${1%:*} PORT=${1##*:} ;;
  esac
  REPLY=${REPLY#'['}
  REPLY=${REPLY%']'}
}
