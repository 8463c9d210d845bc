# Where the names of the image at hand are taken from, and the id of the image there.
FROM=''
FROM_ID=''

# from_harbor: what HARBOR has comes first.
from_harbor() {
  [ -n "$REMOTE" ] || no_remote || return 1
  first_here "$REMOTE" || return 1
  say "$MSG_HARBOR_HERE" "$REMOTE"
}

from_localhost() {
  first_here "$LOCAL" "$LOCAL_SHORT" || return 1
  say "$MSG_LOCAL_HERE" "$FROM"
  say "$MSG_USE_LOCAL"
}

from_original() {
  first_here "$ORIGINAL" "$SHORT" || return 1
  say "$MSG_ORIGINAL_HERE" "$FROM"
  say "$MSG_USE_ORIGINAL"
}

# from_equals: the original and localhost/ have the same rank, unless --prefer says which is right.
from_equals() {
  case $PREFER in
    localhost) first_here "$LOCAL" "$LOCAL_SHORT" "$ORIGINAL" "$SHORT" ;;
    *) first_here "$ORIGINAL" "$SHORT" "$LOCAL" "$LOCAL_SHORT" ;;
  esac
}

# from_given: it is here under none of its names; what was given may be a further one. The engine is not asked, for it
# would also take a part of an id, and Podman the end of any name.
from_given() {
  first_here "$GIVEN" || from_search && return
  say "$MSG_TAG_NO_SOURCE" "$GIVEN"
  return 1
}

# from_search: Podman looks for what has no host at the registries that its settings list.
from_search() {
  local host hosts
  qualify "$GIVEN"
  case $ENGINE_KIND:$REPLY in
    "podman:docker.io/$GIVEN" | "podman:docker.io/library/$GIVEN") ;;
    *) return 1 ;;
  esac
  ask info --format '{{range .Registries.search}}{{.}} {{end}}' || return 1
  read -r -a hosts <"$SCRATCH" || return 1
  for host in ${hosts[@]+"${hosts[@]}"}; do
    ! first_here "$host/$GIVEN" || return 0
  done
  return 1
}

# first_here NAME...: sets FROM to the first of them that is here; returns 1 where none is.
first_here() {
  for FROM in "$@"; do
    if id_of "$FROM"; then
      FROM_ID=$REPLY
      return
    fi
  done
  return 1
}
