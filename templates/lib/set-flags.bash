# How many bytes a part has; empty is one archive. And whether that is compressed.
SPLIT=''
GZIP=''

# Empty once nobody is to look whether there is room.
CHECKS_SPACE=yes

# take_set FLAG [VALUE]: the flags that say where the set goes and what its files are, for take_flag.
take_set() {
  case $1 in
    --gzip) GZIP=yes ;;
    --no-space-check) CHECKS_SPACE='' ;;
    *)
      need_value "$@"
      case $1 in
        --to) take_to "$2" ;;
        --split) take_split "$2" ;;
      esac
      AGAIN+=("$1" "$2")
      REPLY=2
      return
      ;;
  esac
  AGAIN+=("$1")
  REPLY=1
}

# take_to FOLDER: the folder may have any name, also one like a flag.
take_to() {
  [ -n "$1" ] || die 2 "$MSG_VALUE_MISSING" --to
  SET=$1
  while [ "${SET%/}" != "$SET" ]; do SET=${SET%/}; done
  case $SET in
    '') SET=/. ;;
    -*) SET=./$SET ;;
  esac
}

# take_split SIZE: bytes, or so many times 1024 of them, or 1024 times that.
take_split() {
  local number=${1%[kKmMgG]} unit=1
  case $1 in
    *[kK]) unit=1024 ;;
    *[mM]) unit=1048576 ;;
    *[gG]) unit=1073741824 ;;
  esac
  case $number in
    '' | *[!0-9]* | 0* | ?????????????*) die 2 "$MSG_SAVE_BAD_SPLIT" "$1" ;;
  esac
  SPLIT=$((number * unit))
  [ "$SPLIT" -ge 65536 ] || die 2 "$MSG_SAVE_BAD_SPLIT" "$1"
}
