# read_variable: sets PART to what $NAME or ${NAME...} stands for, or to itself where variables are not filled in.
read_variable() {
  SCAN_TEXT=${SCAN_TEXT:1}
  if [ "${SCAN_TEXT:0:1}" = '{' ]; then
    read_braced
    return
  fi
  read_name
  PART=\$
  [ -z "$VARIABLE" ] || value_of "\$$VARIABLE"
}

# read_name: sets NAME to the name at hand, empty where there is none.
read_name() {
  case $SCAN_TEXT in
    [0-9]*) VARIABLE=${SCAN_TEXT%%[!0-9]*} ;;
    [A-Za-z_]* | [$'\200'-$'\377']*) VARIABLE=${SCAN_TEXT%%[!A-Za-z0-9_$'\200'-$'\377']*} ;;
    [@*#?$!-]*) VARIABLE=${SCAN_TEXT:0:1} ;;
    *) VARIABLE='' ;;
  esac
  SCAN_TEXT=${SCAN_TEXT:${#VARIABLE}}
}

# value_of WRITTEN: sets PART to the value of NAME. What has none is not guessed to be empty.
value_of() {
  PART=$1
  [ -z "$FILL" ] || argument || LACK=$VARIABLE
}

# read_braced: ${NAME} or ${NAME...}.
read_braced() {
  SCAN_TEXT=${SCAN_TEXT:1}
  case $SCAN_TEXT in
    '' | '{'* | '}'* | ':'*) return 1 ;;
  esac
  read_name
  case $SCAN_TEXT in
    '}'*)
      SCAN_TEXT=${SCAN_TEXT:1}
      value_of "\${$VARIABLE}"
      ;;
    '/'*) read_replacement ;;
    :[-+?]*) read_operation "${SCAN_TEXT:0:2}" ;;
    [-+?#%]*) read_operation "${SCAN_TEXT:0:1}" ;;
    *) return 1 ;;
  esac
}

# read_operation OPERATOR: ${NAME:-word} and the like.
read_operation() {
  local name=$VARIABLE lack=$LACK escapes=''
  SCAN_TEXT=${SCAN_TEXT:${#1}}
  case $1 in
    '#' | '%') escapes=yes ;;
  esac
  read_text '}' "$escapes" || return 1
  PART="\${$name$1$REPLY}" VARIABLE=$name
  [ -n "$FILL" ] || return 0
  choose "$1" "$REPLY" "$lack"
}

# choose OPERATOR WORD LACK: sets PART to what ${NAME:-word} stands for. LACK is what lacked before the word, which may
# not be wanted.
choose() {
  local present='' inner=$LACK
  LACK=$3
  ! argument || present=yes
  [ "${1%?}${PART:+value}" != : ] || present=''
  case $present$1 in
    yes*+ | -* | :-*) PART=$2 LACK=${inner:-$LACK} ;;
    *+) PART='' ;;
    *\?) [ -n "$present$LACK" ] ;;
    *[#%]) trim_value "$1" "$2" ;;
  esac
}

# read_replacement: ${NAME/pattern/text}, which is not filled in here.
read_replacement() {
  local name=$VARIABLE pattern
  case $SCAN_TEXT in
    //*) SCAN_TEXT=${SCAN_TEXT:2} ;;
    *) SCAN_TEXT=${SCAN_TEXT:1} ;;
  esac
  read_text / yes || return 1
  pattern=$REPLY
  read_text '}' yes || return 1
  PART="\${$name/$pattern/$REPLY}"
  [ -z "$FILL" ]
}
