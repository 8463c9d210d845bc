# is_digest TEXT: whether it is a whole one.
is_digest() {
  case $1 in
    sha256:*[!0-9a-f]*) return 1 ;;
    sha256:*) [ "${#1}" -eq 71 ] ;;
    *) return 1 ;;
  esac
}
