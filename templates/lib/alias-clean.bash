# clean_image IMAGE: takes its names but the first away. What has no other name keeps the one that it has.
clean_image() {
  local name status=0
  set_names "$1" || return 1
  set -- "$ORIGINAL" ${LOCAL:+"$LOCAL"} ${SHORT:+"$SHORT" "$LOCAL_SHORT"} ${REMOTE:+"$REMOTE"}
  first_here "$@" || return 0
  for name in "$@"; do
    [ "$name" = "$FROM" ] || ! id_of "$name" || remove_name "$name" || status=1
  done
  return "$status"
}

# remove_name NAME: only the name goes, and only while the image has another one: that is asked anew, for others may
# work here, too.
remove_name() {
  names_of "$1" || return 0
  if [ "${#NAMES[@]}" -lt 2 ]; then
    say "$MSG_CLEAN_LAST" "$1"
    return
  fi
  write_engine rmi "$1" || return 1
  set_id "$1" ''
  [ "$MODE" = dry-run ] || say "$MSG_CLEANED" "$1"
}
