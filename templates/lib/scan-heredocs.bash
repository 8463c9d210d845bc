# A command in exec form: an array of strings, as JSON has it.
STRING='"([^"\[:cntrl:]]|\\(["\/bfnrt]|u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]))*"'
EXEC="^\\[[[:blank:]]*($STRING([[:blank:]]*,[[:blank:]]*$STRING)*)?[[:blank:]]*]\$"

# skip_heredocs: reads over the here-documents of STATEMENT, whose command is REST. Whatever the escape character is, `\`
# is theirs.
skip_heredocs() {
  local word tabs
  case $STATEMENT in
    *'<<'*) ;;
    *) return ;;
  esac
  [ "${REST:0:1}" = '[' ] && [[ $REST =~ $EXEC ]] && return
  check_spaces "$STATEMENT"
  read_words "$STATEMENT" \\ '' yes || return 0
  for word in ${WORDS[@]+"${WORDS[@]}"}; do
    ! heredoc_of "$word" || skip_lines "$REPLY" "$tabs"
  done
}

# heredoc_of WORD: for skip_heredocs, sets REPLY to the name of a here-document and `tabs` where tabs before it do no
# harm; returns 1 where the word begins none.
heredoc_of() {
  local rest=${1#"${1%%[!0-9]*}"}
  tabs=''
  case $rest in
    '<<'*'<'*) return 1 ;;
    '<<-'?*) tabs=yes rest=${rest:3} ;;
    '<<'*) rest=${rest:2} ;;
    *) return 1 ;;
  esac
  read_words "$rest" \\ '' '' && [ "${#WORDS[@]}" -eq 1 ] || return 1
  REPLY=${WORDS[0]}
}

# skip_lines NAME TABS: reads over the lines up to the one that is the name.
skip_lines() {
  local line
  while next_line; do
    line=$LINE
    [ -z "$2" ] || line=${line#"${line%%[!$'\t']*}"}
    [ "$line" != "$1" ] || return 0
  done
  scan_fault "$MSG_SCAN_HEREDOC" "$1"
}
