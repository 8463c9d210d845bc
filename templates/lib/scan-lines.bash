# The line at hand and its number, and what makes the next line part of it.
LINE=''
NUMBER=0
ESCAPE=\\

# Lines that are one to Docker.
STATEMENT=''

# read_statements: reads a Dockerfile from the standard input, statement by statement.
read_statements() {
  NUMBER=0
  while next_content; do
    SCAN_LINE=$NUMBER
    LINE=$REPLY
    join_lines
    [ -z "$STATEMENT" ] || read_statement
  done
}

# next_line: sets LINE to the next line, without what ends it; returns 1 where there is none.
next_line() {
  IFS= read -r LINE || [ -n "$LINE" ] || return 1
  NUMBER=$((NUMBER + 1))
  [ "$NUMBER" -gt 1 ] || LINE=${LINE#$'\357\273\277'}
  while [ "${LINE%$'\r'}" != "$LINE" ]; do
    LINE=${LINE%?}
  done
}

# next_content: goes to the next line that is neither empty nor a comment; sets REPLY to it without the white space
# before it.
next_content() {
  while next_line; do
    trim "$LINE"
    case $REPLY in
      '' | '#'*) ;;
      *) return 0 ;;
    esac
  done
  return 1
}

# join_lines: sets STATEMENT to LINE and those that continue it. Neither a comment nor an empty line ends that.
join_lines() {
  STATEMENT=''
  while continues; do
    STATEMENT+=$REPLY
    next_content || return 0
  done
  STATEMENT+=$LINE
}

# continues: whether LINE goes on in the next one; sets REPLY to what it says then. BuildKit reads no longer lines.
continues() {
  [ "${#LINE}" -le 65535 ] || scan_fault "$MSG_SCAN_LONG"
  REPLY=$LINE
  while [ "${REPLY%[ $'\t']}" != "$REPLY" ]; do
    REPLY=${REPLY%?}
  done
  case $REPLY in
    *"$ESCAPE$ESCAPE") return 1 ;;
    *"$ESCAPE") REPLY=${REPLY%?} ;;
    *) return 1 ;;
  esac
}
