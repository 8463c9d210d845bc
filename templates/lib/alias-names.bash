# The image at hand as it was given; its names in the project, under localhost/ and at HARBOR; and the two without its
# namespace. Those that it does not have are empty.
GIVEN=''
ORIGINAL=''
LOCAL=''
REMOTE=''
SHORT=''
LOCAL_SHORT=''

# set_names IMAGE: finds all names from any one of them. Says what is wrong where it is none.
set_names() {
  check_name "$1" || return 1
  SHORT='' LOCAL_SHORT=''
  tagged "$1"
  GIVEN=$REPLY
  original_of "$GIVEN"
  set -- "$REPLY"
  local_of "$1"
  LOCAL=$REPLY
  remote_of "$1"
  REMOTE=$REPLY
  engine_name "$1"
  ORIGINAL=$REPLY
  get SHORT_OF "$1" || return 0
  LOCAL_SHORT=localhost/$REPLY
  engine_name "$REPLY"
  SHORT=$REPLY
}

# check_name IMAGE: whether it may have names: it is one itself, without digest, in lower case but for host and tag.
check_name() {
  case $1 in
    *@*) say "$MSG_TAG_DIGEST" "$1" && return 1 ;;
    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._/:-]* | *[/:] | *//* | */:*) say "$MSG_TAG_INVALID" "$1" && return 1 ;;
  esac
  untagged "$1"
  qualify "$REPLY"
  case ${REPLY#*/} in
    *[[:upper:]]*) say "$MSG_TAG_UPPER" "$1" && return 1 ;;
  esac
}

# tagged IMAGE: sets REPLY to it with a tag. Without one engines may take it for the beginning of an id.
tagged() {
  case ${1##*/} in
    *:*) REPLY=$1 ;;
    *) REPLY=$1:latest ;;
  esac
}

# original_of IMAGE: sets REPLY to the name in the project.
original_of() {
  local name=${1#"${HARBOR:-//}"/}
  [ "$name" = "$1" ] || ! get SOURCE_OF "$name" || return 0
  familiar "${name#localhost/}"
  name=$REPLY
  get LONG_OF "$name" || REPLY=$name
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
