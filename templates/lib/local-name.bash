# local_of ORIGINAL: sets REPLY to its name under localhost/. What has a port or upper case in its host has none.
local_of() {
  untagged "$1"
  case $REPLY in
    *[:[:upper:]]*) REPLY='' ;;
    *) REPLY=localhost/$1 ;;
  esac
}
