# The name of the image at hand as it was given, and its three names: in the project, under localhost/ and at
# HARBOR.
GIVEN=''
ORIGINAL=''
LOCAL=''
REMOTE=''

# set_names IMAGE: finds the three names from any one of them.
set_names() {
  case $1 in
    *@*) say "$MSG_TAG_DIGEST" "$1" && return 1 ;;
    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._/:-]* | *[/:]) say "$MSG_TAG_INVALID" "$1" && return 1 ;;
  esac
  GIVEN=$1
  original_of "$1"
  ORIGINAL=$REPLY
  LOCAL=localhost/$ORIGINAL
  remote_of "$ORIGINAL"
  REMOTE=$REPLY
  engine_name "$ORIGINAL"
  ORIGINAL=$REPLY
}

# original_of IMAGE: sets REPLY to the name in the project, with a tag.
original_of() {
  local number
  REPLY=$1
  case ${REPLY##*/} in
    *:*) ;;
    *) REPLY=$REPLY:latest ;;
  esac
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    [ "$REPLY" != "$HARBOR/${NAMES[$number]}" ] || REPLY=${SOURCES[$number]}
  done
  REPLY=${REPLY#"$HARBOR"/}
  familiar "${REPLY#localhost/}"
}

# familiar REFERENCE: sets REPLY to the name that Docker shows, such as nginx:1.27 for docker.io/library/nginx:1.27.
familiar() {
  qualify "$1"
  REPLY=${REPLY#docker.io/}
  case $REPLY in
    library/*/*) ;;
    *) REPLY=${REPLY#library/} ;;
  esac
}

# remote_of ORIGINAL: sets REPLY to the name that push gives it at HARBOR.
remote_of() {
  local number
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    if [ "$1" = "${SOURCES[$number]}" ]; then
      REPLY=$HARBOR/${NAMES[$number]}
      return
    fi
  done
  qualify "$1"
  REPLY=${REPLY#*/}
  REPLY=${REPLY#library/}
  [ "$NAMING" = path ] || REPLY=${REPLY//\//-}
  REPLY=$HARBOR/$REPLY
}
