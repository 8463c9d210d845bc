# remote_digest HOST/REPOSITORY:TAG: sets REPLY to the digest that this has at the registry; returns 1 when there is
# no such image, 2 when that is not known, and then REPLY is empty.
remote_digest() {
  local status
  ask_digest "$1"
  status=$?
  [ "$status" -eq 0 ] || REPLY=''
  return "$status"
}
