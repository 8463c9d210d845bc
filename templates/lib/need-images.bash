# need_images: whether every image is here with the right platform; names those that are not.
need_images() {
  local number source platform status=0
  survey
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    source=${SOURCES[$number]}
    platform=${PLATFORMS[$number]}
    engine_name "$source"
    is_known "$REPLY" "$platform" || find_here "$REPLY" "$platform" && continue
    status=1
    case $REPLY in
      '') warn "$MSG_NOT_HERE" "$source" "$platform" ;;
      *) warn "$MSG_OTHER_PLATFORM" "$source" "$REPLY" "$platform" ;;
    esac
  done
  return "$status"
}

# name_here NUMBER: sets HERE to the name by which an image is here: what is pinned may have another one.
name_here() {
  engine_name "${SOURCES[$1]}"
  HERE=$REPLY
  case $MODE,$HERE in
    dry-run,*) ;;
    *@*) find_here "$HERE" "${PLATFORMS[$1]}" ;;
  esac
}
