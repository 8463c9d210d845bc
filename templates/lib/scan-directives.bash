# What a comment in the first lines says, such as `# escape=...`.
DIRECTIVE='^([A-Za-z][A-Za-z0-9]*)[[:space:]]*=[[:space:]]*([^[:space:]].*)$'

# The directive at hand.
KEY=''
VALUE=''

# read_directives FILE: sets ESCAPE, and finds the image that `# syntax=` names.
read_directives() {
  local mark
  ESCAPE=\\
  read_escape <"$1"
  for mark in '#' //; do
    find_syntax "$mark" <"$1" && return
  done
}

# directive TEXT: sets KEY and VALUE to what a comment says, its mark removed; returns 1 where it is any other comment.
directive() {
  trim "$1"
  [[ $REPLY =~ $DIRECTIVE ]] || return 1
  lower "${BASH_REMATCH[1]}"
  KEY=$REPLY VALUE=${BASH_REMATCH[2]}
  VALUE=${VALUE%"${VALUE##*[![:space:]]}"}
  case $KEY in
    syntax | escape | check) ;;
    *) return 1 ;;
  esac
}

# read_escape: sets ESCAPE to what the directive says. Only the first of each kind counts.
read_escape() {
  local seen=' '
  NUMBER=0
  while next_line; do
    SCAN_LINE=$NUMBER
    trim "$LINE"
    [ "${REPLY:0:1}" = '#' ] && directive "${REPLY:1}" || return 0
    case $seen$KEY=$VALUE in
      *" $KEY "*=* | ' escape='*[!\\\`]* | ' escape='??*) scan_fault "$MSG_SCAN_SYNTAX" "$LINE" ;;
      *escape=?) ESCAPE=$VALUE ;;
    esac
    seen+="$KEY "
  done
}

# find_syntax MARK: adds the image that reads the file in place of Docker itself. It is named in the first lines,
# without white space before the mark.
find_syntax() {
  local last=10
  NUMBER=0 KEY=''
  while next_line && [ "$NUMBER" -le "$last" ]; do
    SCAN_LINE=$NUMBER
    case $NUMBER,$LINE in
      '1,#!'*) last=11 && continue ;;
      *,"$1"*) directive "${LINE:${#1}}" || return 1 ;;
      *) return 1 ;;
    esac
    [ "$KEY" != syntax ] || break
  done
  [ "$KEY" = syntax ] && add_base "${VALUE%% *}"
}
