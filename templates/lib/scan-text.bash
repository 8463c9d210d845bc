# trim TEXT: sets REPLY to it without the white space before it, that of Unicode, too.
trim() {
  REPLY=$1
  while :; do
    case $REPLY in
      [[:space:]]*) REPLY=${REPLY#"${REPLY%%[![:space:]]*}"} ;;
      $'\302'[$'\205\240']*) REPLY=${REPLY:2} ;;
      $'\341\232\200'* | $'\342\200'[$'\200'-$'\212\250\251\257']*) REPLY=${REPLY:3} ;;
      $'\342\201\237'* | $'\343\200\200'*) REPLY=${REPLY:3} ;;
      *) return ;;
    esac
  done
}

# check_spaces TEXT: white space of Unicode inside of a line parts words to Docker; here it does not.
check_spaces() {
  case $1 in
    *$'\302'[$'\205\240']* | *$'\341\232\200'* | *$'\342\200'[$'\200'-$'\212\250\251\257']* | *$'\342\201\237'* | *$'\343\200\200'*)
      scan_fault "$MSG_SCAN_SYNTAX" "$1"
      ;;
  esac
}

# lower TEXT: sets REPLY to it in lower case.
lower() {
  local rest=$1 head before upper=ABCDEFGHIJKLMNOPQRSTUVWXYZ letters=abcdefghijklmnopqrstuvwxyz
  REPLY=''
  while :; do
    head=${rest%%[A-Z]*}
    REPLY+=$head
    rest=${rest:${#head}}
    [ -n "$rest" ] || return 0
    before=${upper%%"${rest:0:1}"*}
    REPLY+=${letters:${#before}:1}
    rest=${rest:1}
  done
}
