# What climb has found: the steps, the answer of each (yes, no or unknown) and what there is to say of it; the first
# step that failed, empty if none did, and what there is to say of that. What the failure is stands in CLASS, PASSES,
# CAUSE and CURE.
STEPS=()
ANSWERS=()
DETAILS=()
BROKEN=''
BREAK=''

# What there is to say of the step at hand.
DETAIL=''

# The steps, as the functions that take them.
LADDER='try_dns try_tcp try_tls try_ping try_health try_login try_pull try_push'

# What is asked for: pull or pull,push.
RIGHTS=pull

# Why the environment has only half a login; empty where it has a whole one or none.
HALF_LOGIN=''

# climb HOST REPOSITORY LEVEL: asks the registry step by step whether it lets this engine in, as far as login, pull,
# push or a test. What comes after a step that failed is unknown.
climb() {
  local step
  STEPS=() ANSWERS=() DETAILS=() BROKEN='' BREAK='' CLASS='' PASSES=no CAUSE='' CURE='' RIGHTS=pull
  case $3 in
    push | test) RIGHTS=pull,push ;;
  esac
  HALF_LOGIN=''
  take_variables "$1" || HALF_LOGIN=$DETAIL
  for step in $LADDER; do
    [ "$step" != try_health ] || [ "$TYPE" = harbor ] || continue
    DETAIL=''
    take_step "$step" "$1" "$2"
    [ "$step" != "try_$3" ] || break
  done
}

# take_step STEP HOST REPOSITORY: one step, unless an earlier one failed.
take_step() {
  local answer=unknown
  if [ -z "$BROKEN" ]; then
    "$@"
    case $? in
      0) answer=yes ;;
      1) answer=no BROKEN=${1#*_} BREAK=$DETAIL ;;
    esac
  fi
  STEPS+=("${1#*_}")
  ANSWERS+=("$answer")
  DETAILS+=("$DETAIL")
}

# try_dns HOST: one request tells this step and the next three.
try_dns() {
  open_registry "$1"
  came_past dns
}

try_tcp() {
  came_past tcp
}

try_tls() {
  came_past tls
}

try_ping() {
  came_past ping
}

# came_past STEP: whether the first request did not end at that step.
came_past() {
  case $REGISTRY_STEP in
    curl) without_curl ;;
    "$1") break_as "$REGISTRY_WORDS" "$REGISTRY_FAULT" ;;
  esac
}

# without_curl: what only curl could find out is unknown.
without_curl() {
  detail "$MSG_TAKES_CURL"
  return 2
}

# break_as WORDS DETAIL: a step failed, for a reason that the table of failures knows by these words.
break_as() {
  classify "$1"
  DETAIL=$2
  return 1
}
