# check_image IMAGE: says which of its names are missing or of another image; returns 1 where there is one.
check_image() {
  local name status=0
  set_names "$1" || return 1
  set -- "$ORIGINAL" ${LOCAL:+"$LOCAL"} ${SHORT:+"$SHORT" "$LOCAL_SHORT"}
  [ "$NETWORK" = external ] || [ -z "$REMOTE" ] || set -- "$REMOTE" "$@"
  if ! first_here "$@"; then
    say "$MSG_STATUS_ABSENT" "$GIVEN"
    return 1
  fi
  for name in "$@"; do
    check_partner "$name" || status=1
  done
  return "$status"
}

# check_partner NAME: whether it is of the image that FROM names. HARBOR may lack what is here.
check_partner() {
  if id_of "$1"; then
    [ "$REPLY" != "$FROM_ID" ] || return 0
    say "$MSG_STATUS_DIFFERS" "$FROM" "${FROM_ID:0:12}" "$1" "${REPLY:0:12}"
  else
    [ "$1" != "$REMOTE" ] || return 0
    say "$MSG_STATUS_LACKS" "$1" "$FROM"
  fi
  return 1
}

# fix_image IMAGE: gives it the names that check_image misses, and says nothing where it misses none.
fix_image() {
  ! check_image "$1" >/dev/null || return 0
  say "$MSG_TAG_IMAGE" "$1"
  tag_image "$1"
}
