# qualify REFERENCE: sets REPLY to its full name, such as docker.io/library/nginx:1.27 for nginx:1.27.
qualify() {
  case $1 in
    docker.io/*/* | index.docker.io/*/*) REPLY=docker.io/${1#*/} ;;
    docker.io/* | index.docker.io/*) REPLY=docker.io/library/${1#*/} ;;
    localhost/*) REPLY=$1 ;;
    */*)
      case ${1%%/*} in
        *[.:[:upper:]]*) REPLY=$1 ;;
        *) REPLY=docker.io/$1 ;;
      esac
      ;;
    *) REPLY=docker.io/library/$1 ;;
  esac
}
