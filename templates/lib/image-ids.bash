# read_ids: learns by one question what is here, and under which names.
read_ids() {
  local name id
  ask image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' || die 3 "$MSG_ENGINE_STOPPED" "$ENGINE" ''
  while read -r name id; do
    set_id "$name" "${id#sha256:}"
  done <"$SCRATCH"
}

# set_id NAME ID: from now on the image is here under that name; without ID none is.
set_id() {
  local REPLY
  qualify "$1"
  put ID "$REPLY" "${2:--}"
}

# id_of NAME: sets REPLY to the id of the image that is here under that name; returns 1 where there is none.
id_of() {
  qualify "$1"
  get ID "$REPLY" && [ "$REPLY" != - ] && return
  REPLY=''
  return 1
}
