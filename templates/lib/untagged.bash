# untagged REFERENCE: sets REPLY to it without tag and digest.
untagged() {
  REPLY=${1%%@*}
  case ${REPLY##*/} in
    *:*) REPLY=${REPLY%:*} ;;
  esac
}
