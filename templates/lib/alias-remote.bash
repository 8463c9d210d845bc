# remote_of ORIGINAL: sets REPLY to the name that push gives it at HARBOR, or to nothing where another image has it.
remote_of() {
  get NAME_OF "$1" || usual_name "$1"
  REPLY=${REPLY:+${HARBOR:+$HARBOR/$REPLY}}
}

# usual_name ORIGINAL: sets REPLY to the name of an image that is none of the project's.
usual_name() {
  local name
  qualify "$1"
  name=${REPLY#*/}
  name=${name#library/}
  case $NAMING in
    flat) name=${name//\//-} ;;
    basename) name=${name##*/} ;;
  esac
  ! get SOURCE_OF "$name" || name=''
  REPLY=$name
}

# no_remote: says why the image at hand has no name at HARBOR.
no_remote() {
  if [ -n "$HARBOR" ]; then
    say "$MSG_NO_REMOTE" "$ORIGINAL" "$HARBOR"
  else
    say "$MSG_NO_HARBOR"
  fi
  return 1
}
