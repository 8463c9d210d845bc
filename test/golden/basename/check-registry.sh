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
  registry target '' plain registry.example.com:8443 '' team/mirror/tool yes MIRROR_USER MIRROR_PASSWORD
  registry internal '' plain registry.internal:5000 '' a/acme-tool yes INTERNAL_USER INTERNAL_PASSWORD
  registry other '' plain other.example.com '' acme-tool '' OTHER_USER OTHER_PASSWORD
}

main "$@"
