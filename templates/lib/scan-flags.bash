# The instruction at hand: its name in lower case, its flags, and what comes after them.
KEYWORD=''
FLAGS=()
REST=''

# read_instruction TEXT ESCAPE: takes an instruction apart.
read_instruction() {
  local escape=$2
  trim "$1"
  REST=${REPLY#"${REPLY%%[[:space:]]*}"}
  lower "${REPLY%%[[:space:]]*}"
  KEYWORD=$REPLY FLAGS=()
  trim "$REST"
  REST=$REPLY
  while [ "${REST:0:2}" = -- ]; do
    read_flag "$escape"
    [ "$REPLY" != -- ] || return 0
    FLAGS+=("$REPLY")
  done
}

# read_flag ESCAPE: sets REPLY to the first word of REST without quotes and escapes, and takes it off.
read_flag() {
  local quote='' char head word=''
  while [ -n "$REST" ]; do
    head=${REST%%[\'\"\\\`[:space:]]*}
    word+=$head REST=${REST:${#head}}
    char=${REST:0:1}
    case $quote$char in
      "$char$char") quote='' ;;
      [[:space:]]) break ;;
      \' | \") quote=$char ;;
      *"$1")
        REST=${REST:1}
        word+=${REST:0:1}
        ;;
      *) word+=$char ;;
    esac
    REST=${REST:1}
  done
  check_spaces "$word"
  trim "$REST"
  REST=$REPLY REPLY=$word
}

# flag_value NAME: sets REPLY to the value of a flag; returns 1 where it has none. Of two the first one counts.
flag_value() {
  local flag value='' count=0
  for flag in ${FLAGS[@]+"${FLAGS[@]}"}; do
    case $flag in
      "--$1" | "--$1="*) count=$((count + 1)) ;;
      *) continue ;;
    esac
    [ "$count" -gt 1 ] || value=${flag#"--$1"}
    [ "$count,$flag" = "1,--$1$value" ] && [ -n "$value" ] && continue
    scan_fault "$MSG_SCAN_SYNTAX" "$flag"
  done
  REPLY=${value#=}
  [ -n "$value" ]
}

# mount_source FIELDS: sets REPLY to the last `from` of a mount, whose fields are those of a line of CSV; empty where
# there is none.
mount_source() {
  local fields=$1 field source=''
  while [ -n "$fields" ]; do
    case $fields in
      \"*) quoted_field ;;
      *) field=${fields%%,*} ;;
    esac
    case $field in
      [Ff][Rr][Oo][Mm]=*) source=${field:5} ;;
    esac
    case $fields in
      *,*) fields=${fields#*,} ;;
      *) fields='' ;;
    esac
  done
  REPLY=$source
}

# quoted_field: for mount_source, takes a field in quotes. Two quotes in it are one.
quoted_field() {
  field=''
  while :; do
    fields=${fields#\"}
    field+=${fields%%\"*}
    case $fields in
      *\"*) fields=${fields#*\"} ;;
      *) fields='' ;;
    esac
    [ "${fields:0:1}" = \" ] || return 0
    field+=\"
  done
}
