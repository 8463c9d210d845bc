# The grammar of references: what is a host, what looks like one, and what stands behind it. What is longer than it may
# be is found by split_tag: as regular expressions that would take long.
HOST_FORM='[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
LIKE_HOST='^(localhost|[^/]*[.][^/]*)/'
HOST_FORM="^($HOST_FORM(\\.$HOST_FORM)*|\\[[A-Fa-f0-9:]+])(:[0-9]+)?\$"
PART_FORM='[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*'
PATH_FORM="^$PART_FORM(/$PART_FORM)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha[0-9]+:[a-f0-9]+)?\$"

# add_base IMAGE: adds an image to BASES. Where it has nothing but a digest, there is no name to give to it.
add_base() {
  local host path tag
  if ! split_reference "$1"; then
    scan_fault "$MSG_SCAN_REFERENCE" "$1"
    return
  fi
  short_name
  if [ -z "$tag" ]; then
    scan_note "$MSG_SCAN_DIGEST" "$1"
  elif ! is_in BASE "$REPLY:$tag"; then
    put BASE "$REPLY:$tag" yes
    BASES+=("$REPLY:$tag")
  fi
}

# split_reference IMAGE: for add_base, sets `host`, `path` and `tag`, which is empty behind a digest alone; returns 1
# where it is no reference.
split_reference() {
  host=docker.io path=$1
  case ${1%%/*},$1 in
    index.docker.io,*/*) path=${1#*/} ;;
    localhost,*/* | *[.:A-Z]*,*/*) host=${1%%/*} path=${1#*/} ;;
  esac
  [ "${#1}" -le 1000 ] && [[ $host =~ $HOST_FORM && $path =~ $PATH_FORM ]] || return 1
  ! docker_digest "$1" && ! docker_digest "sha256:$1" && split_tag
}

# split_tag: for split_reference, takes tag and digest off `path`.
split_tag() {
  tag=latest
  case $path in
    *@*)
      docker_digest "${path#*@}" || return 1
      tag='' path=${path%%@*}
      ;;
  esac
  case $path in
    *:*) tag=${path#*:} path=${path%%:*} ;;
  esac
  [ "${#tag}" -le 128 ] && [ "${#path}" -le 255 ]
}

# docker_digest TEXT: whether it is a digest as Docker takes it.
docker_digest() {
  case ${1%%:*},${#1} in
    sha256,71 | sha384,103 | sha512,135) ;;
    *) return 1 ;;
  esac
  [[ ${1#*:} != *[!0-9a-f]* ]]
}

# short_name: for add_base, sets REPLY to the name that Docker shows, unless Docker would read it as another one.
short_name() {
  REPLY=$path
  case $host,$path in
    docker.io,library/*/*) ;;
    docker.io,library/*) REPLY=${path#library/} ;;
    docker.io,*) [[ ! $path =~ $LIKE_HOST ]] || REPLY=$host/$path ;;
    *) REPLY=$host/$path ;;
  esac
}
