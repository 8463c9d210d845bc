# need_address FLAG VALUE: what takes HOST or HOST/PATH. Engines look on Docker Hub for a host without dot and port.
need_address() {
  case $2 in
    *[!]A-Za-z0-9._/:[-]* | *//* | */ | *: | [/:]* | */*[[:upper:]:]*) ;;
    *)
      case ${2%%/*} in
        localhost | *[.:]*) return 0 ;;
      esac
      ;;
  esac
  die 2 "$MSG_BAD_ADDRESS" "$1" "$2"
}
