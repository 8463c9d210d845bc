# print_rows: what climb has found, one step a line.
print_rows() {
  local number mark
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    case ${ANSWERS[$number]} in
      yes) mark=✅ ;;
      no) mark=❌ ;;
      *) mark=❓ ;;
    esac
    printf '  %s %s%s\n' "$mark" "${STEPS[$number]}" "${DETAILS[$number]:+: ${DETAILS[$number]}}"
    [ "$mark" = ❌ ] || continue
    [ -z "$CAUSE" ] || say "$MSG_CAUSE" "$CLASS" "$CAUSE"
    [ -z "$CURE" ] || say "$MSG_CURE" "$CURE"
  done
}

# print_json NAME HOST REPOSITORY LEVEL HOLDS: the same as one line of JSON.
print_json() {
  local number comma=''
  printf '{"registry":"%s","host":"%s","repository":"%s","for":"%s","holds":%s,"failed":' "$@"
  json_or_null "$BROKEN"
  printf ',"detail":'
  json_or_null "$BREAK"
  printf ',"class":'
  json_or_null "$CLASS"
  printf ',"passes":'
  json_or_null "${BROKEN:+$PASSES}"
  printf ',"cause":'
  json_or_null "$CAUSE"
  printf ',"cure":'
  json_or_null "$CURE"
  printf ',"rows":['
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    printf '%s{"step":"%s","answer":"%s","detail":' "$comma" "${STEPS[$number]}" "${ANSWERS[$number]}"
    json_or_null "${DETAILS[$number]}"
    printf '}'
    comma=,
  done
  printf ']}\n'
}

# json_or_null TEXT: prints it as a string of JSON; nothing is null.
json_or_null() {
  case $1 in
    '') printf null ;;
    *) printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' ' ' | LC_ALL=C sed 's/["\\]/\\&/g')" ;;
  esac
}

# answer_of STEP: sets REPLY to its answer.
answer_of() {
  local number
  REPLY=unknown
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    [ "${STEPS[$number]}" != "$1" ] || REPLY=${ANSWERS[$number]}
  done
}

# The tag of the image that is pushed to see whether that works.
TEST_TAG=compose-relay-test

# try_test HOST REPOSITORY: pushes a small image, and asks the registry for the digest of what has arrived.
try_test() {
  local name=$1/$2:$TEST_TAG status=0
  if ! make_test_image "$name"; then
    detail "$MSG_NO_TEST_IMAGE" "$ENGINE"
    return 1
  fi
  if push_test_image "$name"; then
    arrived "$name" || status=$?
  else
    classify "$(last_lines "$WORK/test")"
    DETAIL=$(last_line "$WORK/test")
    status=1
  fi
  within 60 "$ENGINE" rmi "$name" >"$WORK/test" 2>&1
  return "$status"
}

# make_test_image NAME: an image of nothing, or where the engine cannot make one, another name for one that is here.
make_test_image() {
  local image
  within 60 import_nothing "$1" >"$WORK/test" 2>&1 && return
  ask images --format '{{.Repository}}:{{.Tag}}' || return 1
  image=$(grep -v '<none>' "$SCRATCH" | head -n 1)
  [ -n "$image" ] && show "$ENGINE" tag "$image" "$1" >&2 && within 60 "$ENGINE" tag "$image" "$1"
}

# import_nothing NAME: becomes the engine that makes an image of an archive without files.
import_nothing() {
  exec "$ENGINE" import - "$1" < <(LC_ALL=C head -c 10240 /dev/zero)
}

# push_test_image NAME: Docker prints the digest of what it sends, Podman writes it.
push_test_image() {
  trust_flags
  [ "$ENGINE_KIND" != podman ] || TRUST+=(--digestfile "$WORK/sent")
  set -- push ${TRUST[@]+"${TRUST[@]}"} "$1"
  show "$ENGINE" "$@" >&2
  attempt "$ENGINE" "$@" >"$WORK/test" 2>&1
}

# arrived NAME: whether the registry has what was sent.
arrived() {
  printed_digest "$WORK/test"
  [ ! -s "$WORK/sent" ] || read -r DIGEST <"$WORK/sent"
  remote_digest "$1"
  case $?,$DIGEST in
    # Not every engine says what it sends.
    0,- | 0,"$REPLY") detail "$MSG_TEST_ARRIVED" "$1" "$REPLY" ;;
    2,*)
      detail "$MSG_TEST_UNPROVEN" "$1"
      return 2
      ;;
    *)
      describe digest
      detail "$MSG_DIFFERENT" "${REPLY:--}" "$DIGEST"
      return 1
      ;;
  esac
}

# checklist: what has to be done once in the console of the registry and at GitHub; each box is ticked, left empty or
# marked as unknown by what climb has found.
checklist() {
  local login push space=unknown
  answer_of login
  login=$REPLY
  # Where nobody needs a login, nothing is known of one.
  [ -z "$REGISTRY_URL" ] || [ -n "$REGISTRY_ASKS" ] || login=unknown
  answer_of push
  push=$REPLY
  space=$push
  [ "$REPOSITORY_IS" != there ] || space=yes
  box "$(known "$login")" "$MSG_BOX_SERVICE" "$MSG_LOOK_SERVICE"
  box "$(known "$space")" "$MSG_BOX_NAMESPACE" "$MSG_LOOK_NAMESPACE"
  box "$(known "$push")" "$MSG_BOX_REPOSITORY" "$MSG_LOOK_REPOSITORY"
  visibility_box "$1"
  password_box "$login"
  box "$login" "$MSG_BOX_LOGIN" "$MSG_LOOK_LOGIN"
  box unknown "$MSG_BOX_SECRETS" "$MSG_LOOK_SECRETS"
  box "$(known "$login")" "$MSG_BOX_ACCOUNT" "$MSG_LOOK_ACCOUNT"
  box "$(known "$login")" "$MSG_BOX_FIXED" "$MSG_LOOK_FIXED"
}

# known ANSWER: what a yes proves, a no leaves open.
known() {
  case $1 in
    yes) printf yes ;;
    *) printf unknown ;;
  esac
}

# box ANSWER TITLE HINT
box() {
  case $1 in
    yes) printf '  [x] %s\n' "$2" ;;
    no) printf '  [ ] %s: %s\n' "$2" "$3" ;;
    *) say "$MSG_BOX_UNKNOWN" "$2" "$3" ;;
  esac
}

# visibility_box REPOSITORY: who may read a repository is seen by one who is not logged in.
visibility_box() {
  local REGISTRY_LOGIN=''
  if [ "$REPOSITORY_IS" != there ] || [ -n "$REGISTRY_HIDDEN" ]; then
    box unknown "$MSG_BOX_PUBLIC" "$MSG_LOOK_PUBLIC"
    return
  fi
  rm -f "$WORK"/token.*
  prove "$1" pull && request "url = \"$REGISTRY_URL/v2/$1/tags/list?n=1\"" "$REPLY"
  case $REPLY in
    200) box yes "$MSG_BOX_IS_PUBLIC" ;;
    *) box yes "$MSG_BOX_IS_PRIVATE" ;;
  esac
}

# password_box LOGIN: a login that is accepted has a password; its form is known where the environment has it.
password_box() {
  local form=$1
  if [ -n "$PASSWORD" ]; then
    case $PASSWORD in
      *[[:lower:]]*) ;;
      *) form=no ;;
    esac
    case $PASSWORD in
      *[[:upper:]]*) ;;
      *) form=no ;;
    esac
    case $PASSWORD in
      ????????*) ;;
      *) form=no ;;
    esac
    case $PASSWORD in
      *[0-9]*) ;;
      *) form=no ;;
    esac
  fi
  [ "$form" != no ] || [ -n "$PASSWORD" ] || form=unknown
  box "$form" "$MSG_BOX_PASSWORD" "$MSG_LOOK_PASSWORD"
}

# What the command line says: which registry, for what, in which form, and what else.
CHOICE=''
ALL=''
LEVEL=push
FORM=text
VPC=''
CHECKLIST=''

# How many registries were asked, those that there are, and whether what was asked of one does not hold.
ASKED=0
KNOWN=''
STATUS=0

# The rules of the registry at hand, whether it may be insecure, and the environment variables that have its login.
TYPE=''
INSECURE=''
USERNAME_ENV=''
PASSWORD_ENV=''

main() {
  parse_flags "$@"
  find_engine
  open_workdir
  need_engine
  name_engine
  type -P curl >/dev/null || LADDER="bash_dns bash_tcp ${LADDER#* * }"
  registries
  [ "$ASKED" -gt 0 ] || die 2 "$MSG_REGISTRY_UNKNOWN" "$CHOICE" "${KNOWN#, }"
  return "$STATUS"
}

usage() {
  say "$MSG_HELP_CHECK" "${0##*/}"
}

take_flag() {
  REPLY=1
  case $1 in
    --all) ALL=yes ;;
    --json) FORM=json ;;
    --vpc) VPC=yes ;;
    --push-test)
      LEVEL='test'
      LADDER="$LADDER try_test"
      ;;
    --checklist) CHECKLIST=yes ;;
    --registry | --for)
      need_value "$@"
      take_choice "$1" "$2"
      REPLY=2
      ;;
    *) REPLY=0 ;;
  esac
}

take_choice() {
  case $1,$2 in
    --registry,?*) CHOICE=$2 ;;
    --for,login | --for,pull | --for,push) LEVEL=$2 ;;
    *) die 2 "$MSG_BAD_CHOICE" "$1" "$2" ;;
  esac
}

# registry NAME ID TYPE HOST VPC_HOST REPOSITORY INSECURE USERNAME_ENV PASSWORD_ENV: one line of the list below. The
# first one is the target.
registry() {
  KNOWN="$KNOWN, $1${2:+ ($2)}"
  is_wanted "$1" "$2" || return 0
  ASKED=$((ASKED + 1))
  if [ -n "$VPC" ] && [ -z "$5" ]; then
    warn "$MSG_NO_VPC" "$1"
    STATUS=1
    return
  fi
  TYPE=$3 INSECURE=$7 USERNAME_ENV=$8 PASSWORD_ENV=$9
  check_registry "$1" "${VPC:+$5}" "$4" "$6" || STATUS=1
}

# is_wanted NAME ID
is_wanted() {
  case $ALL,$CHOICE in
    yes,*) return 0 ;;
    ,) [ "$ASKED" -eq 0 ] ;;
    *) [ "$CHOICE" = "$1" ] || [ "$CHOICE" = "$2" ] ;;
  esac
}

# check_registry NAME VPC_HOST HOST REPOSITORY: whether what is asked holds there. What one registry needs in the
# environment ends with it.
check_registry() {
  local DOCKER_CONFIG=${DOCKER_CONFIG:-} REGISTRY_AUTH_FILE=${REGISTRY_AUTH_FILE:-} host=${2:-$3} holds=false
  climb "$host" "$4" "$LEVEL"
  answer_of "$LEVEL"
  [ "$REPLY" != yes ] || holds=true
  if [ "$FORM" = json ]; then
    print_json "$1" "$host" "$4" "$LEVEL" "$holds"
    [ -z "$CHECKLIST" ] || checklist "$4" >&2
  else
    say "$MSG_CHECKING" "$1" "$host" "$4" "$LEVEL"
    print_rows
    [ -z "$CHECKLIST" ] || checklist "$4"
  fi
  rm -rf "$WORK/config" "$WORK"/token.*
  [ "$holds" = true ]
}

# The registries, one a line: name, id, type, host, the host inside the cloud, what is asked for, whether it may be
# insecure, and the environment variables of its login. The target comes first.
registries() {
  registry aliyun '' aliyun registry.cn-hangzhou.aliyuncs.com '' shop-mirror/postgres '' '' ''
}

main "$@"
