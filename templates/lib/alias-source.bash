# Where the names of the image at hand are taken from, and the id of the image there.
FROM=''
FROM_ID=''

# from_harbor: what HARBOR has comes first.
from_harbor() {
  if [ -z "$REMOTE" ]; then
    say "$MSG_NO_HARBOR"
    return 1
  fi
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

# from_given: it is here under none of its names; the name that was given may still be another one to the engine.
from_given() {
  if ! ask image inspect --format '{{.Id}}' "$GIVEN"; then
    say "$MSG_TAG_NO_SOURCE" "$GIVEN"
    return 1
  fi
  FROM=$GIVEN
  read -r FROM_ID <"$SCRATCH"
  FROM_ID=${FROM_ID#sha256:}
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
