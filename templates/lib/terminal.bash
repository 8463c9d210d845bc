# Whether there is a live line; and the colours, empty where output is plain.
LIVE=''
RED=''
GREEN=''
PLAIN=''

# open_terminal: a live line on a terminal, colours there unless NO_COLOR is set.
open_terminal() {
  [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] || return 0
  LIVE=yes
  CLEAR=$'\r\033[K'
  [ -z "${NO_COLOR:-}" ] || return 0
  RED=$'\033[31m'
  GREEN=$'\033[32m'
  PLAIN=$'\033[0m'
}
