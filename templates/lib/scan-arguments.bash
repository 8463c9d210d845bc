# begin_arguments: what FROM knows without any ARG. Each value stands in a variable SCAN_ARG_<name> behind a `=`; behind a
# `?` stands the argument that it depends on and that has none.
begin_arguments() {
  local side
  # shellcheck disable=SC2086 # names of variables
  unset ${!SCAN_ARG_@}
  for side in BUILD TARGET; do
    set_argument "${side}PLATFORM" linux/amd64
    set_argument "${side}OS" linux
    set_argument "${side}OSVERSION" ''
    set_argument "${side}ARCH" amd64
    set_argument "${side}VARIANT" ''
  done
  keep_argument TARGETSTAGE '?TARGETSTAGE'
}

# read_arguments: ARG NAME[=value]... before the first FROM. One without a value changes nothing.
read_arguments() {
  check_spaces "$REST"
  while next_word; do
    case $REPLY in
      *=*) set_argument "${REPLY%%=*}" "${REPLY#*=}" ;;
    esac
  done
}

# next_word: sets REPLY to the next word of REST, with its quotes, and takes it off; returns 1 where there is none.
next_word() {
  local quote='' char head word=''
  trim "$REST"
  REST=$REPLY
  [ -n "$REST" ] || return 1
  while [ -n "$REST" ]; do
    head=${REST%%[\'\"\\\`[:space:]]*}
    word+=$head REST=${REST:${#head}}
    char=${REST:0:1}
    case $quote$char in
      "$char$char") quote='' ;;
      [[:space:]]) break ;;
      \' | \") quote=$char ;;
      \'*) ;;
      *"$ESCAPE")
        word+=$char
        REST=${REST:1}
        char=${REST:0:1}
        ;;
    esac
    word+=$char REST=${REST:1}
  done
  REPLY=$word
}

# set_argument NAME TEXT: gives an argument its value.
set_argument() {
  local value='?'
  if read_words "$2" "$ESCAPE" yes ''; then
    value="=$REPLY"
    [ -z "$LACK" ] || value="?$LACK"
  else
    scan_fault "$MSG_SCAN_SYNTAX" "$2"
  fi
  keep_argument "$1" "$value"
}

# keep_argument NAME VALUE: nothing asks for other names than these.
keep_argument() {
  case $1 in
    '' | *[!A-Za-z0-9_]*) ;;
    *) printf -v "SCAN_ARG_$1" %s "$2" ;;
  esac
}

# argument: sets PART to the value of the argument NAME; returns 1 where it has none.
argument() {
  local slot=SCAN_ARG_$VARIABLE
  PART=''
  case $VARIABLE in
    '' | *[!A-Za-z0-9_]*) return 1 ;;
  esac
  case ${!slot-} in
    '') return 1 ;;
    =*) PART=${!slot#=} ;;
    *) LACK=${!slot#?} ;;
  esac
}

# fill TEXT: sets REPLY to a text with its variables filled in; returns 1 where that cannot be done, and reports it.
fill() {
  if ! read_words "$1" "$ESCAPE" yes ''; then
    scan_fault "$MSG_SCAN_SYNTAX" "$1"
    return 1
  fi
  [ -n "$LACK" ] || return 0
  scan_fault "$MSG_SCAN_ARGUMENT" "$LACK"
  return 1
}
