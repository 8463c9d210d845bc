# shellcheck disable=SC2295 # a glob is what it is
# trim_value OPERATOR PATTERN: cuts off PART what ${NAME#pattern}, ${NAME##pattern} and those with % do.
trim_value() {
  local pattern=$2 glob
  argument || LACK=$VARIABLE
  [ "${pattern:0:1}" != "$1" ] || pattern=${pattern:1}
  [ "${#PART}" -le 300 ] && glob_of "$pattern" || return 1
  glob=$REPLY
  case $1$2 in
    '##'*) PART=${PART##$glob} ;;
    '#'*) PART=${PART#$glob} ;;
    '%%'*) PART=${PART%%$glob} ;;
    *) PART=${PART%$glob} ;;
  esac
}

# glob_of PATTERN: sets REPLY to the same pattern for bash: only * and ? mean something to Docker. Returns 1 where
# Docker would refuse it, and where it would take bash long.
glob_of() {
  local rest=$1 stars=${1//[!*]/}
  REPLY=''
  [ "${#rest}" -le 300 ] && [ "${#stars}" -le 2 ] || return 1
  while [ -n "$rest" ]; do
    case $rest in
      [*?]*) REPLY+=${rest:0:1} ;;
      \\[\}/*?\\]*) REPLY+=${rest:0:2} rest=${rest:1} ;;
      \\*) return 1 ;;
      *) REPLY+=\\${rest:0:1} ;;
    esac
    rest=${rest:1}
  done
}
