# The text that is left to read, the first part of it apart, its escape character, and how it is read: whether quotes stay, whether escape
# characters stay, whether variables are filled in.
SCAN_TEXT=''
SCAN_MORE=''
MARK=\\
QUOTES=''
ESCAPES=''
FILL=''

# What was read: the part at hand, the name of its variable, the word so far, and all words. LACK is an argument whose
# value is not known.
PART=''
VARIABLE=''
WORD=''
WORDS=()
LACK=''
DEPTH=0

# read_words TEXT ESCAPE FILL QUOTES: reads a text as the shell of Docker does. Sets REPLY to it and WORDS to its words;
# returns 1 where Docker would refuse it.
read_words() {
  SCAN_TEXT='' SCAN_MORE=$1 MARK=$2 FILL=$3 QUOTES=$4
  ESCAPES='' DEPTH=0 LACK='' WORDS=()
  read_text $'\n' "$QUOTES"
}

# more: whether something is left to read. A text is read from a short piece of it, for bash copies at each step what is
# left.
more() {
  if [ "${#SCAN_TEXT}" -lt 200 ] && [ -n "$SCAN_MORE" ]; then
    SCAN_TEXT+=${SCAN_MORE:0:500}
    SCAN_MORE=${SCAN_MORE:500}
  fi
  [ -n "$SCAN_TEXT" ]
}

# read_text STOP ESCAPES: up to a character, which is taken, too, or to the end where that is a line break. Sets REPLY
# where variables are filled in, and where it is nested.
read_text() {
  local stop=$1 outer=$ESCAPES value=''
  [ "$DEPTH" -le 100 ] || return 1
  DEPTH=$((DEPTH + 1)) ESCAPES=$2 WORD=''
  while more && [ "${SCAN_TEXT:0:1}" != "$stop" ]; do
    read_part "$stop" || return 1
    [ "$DEPTH$FILL" = 1 ] || value+=$PART
    [ -z "$FILL" ] || [ "${#value}" -le 8192 ] || return 1
  done
  end_word
  [ -n "$SCAN_TEXT" ] || [ "$stop" = $'\n' ] || return 1
  SCAN_TEXT=${SCAN_TEXT:1} DEPTH=$((DEPTH - 1)) ESCAPES=$outer REPLY=$value
}

# end_word: the word so far is one. What is nested has words of its own, which nobody wants, and where quotes stay only
# here-documents are looked for.
end_word() {
  case $DEPTH,$QUOTES,$WORD in
    1,,?* | 1,yes,*'<<'*) WORDS+=("$WORD") ;;
  esac
  WORD=''
}

# read_part STOP: sets PART to the next part of a text.
read_part() {
  case $SCAN_TEXT in
    '$'*) read_variable && split_part ;;
    [[:space:]]*) take 1 && end_word ;;
    \'*) read_single && WORD+=$PART ;;
    \"*) read_double && WORD+=$PART ;;
    "$MARK"*) read_escaped && WORD+=$PART ;;
    '<<'*) read_redirection && WORD+=$PART ;;
    *) read_plain "[\$\\\\\`'\"<$1[:space:]]" && WORD+=$PART ;;
  esac
}

# take COUNT: PART is so many characters of the text.
take() {
  PART=${SCAN_TEXT:0:$1} SCAN_TEXT=${SCAN_TEXT:$1}
}

# read_plain PATTERN: up to such a character, and at least one.
read_plain() {
  # shellcheck disable=SC2295 # a pattern is what it is
  PART=${SCAN_TEXT%%$1*}
  [ -n "$PART" ] || PART=${SCAN_TEXT:0:1}
  SCAN_TEXT=${SCAN_TEXT:${#PART}}
}

# read_redirection: white space between `<<` and a name does not part them.
read_redirection() {
  local rest=${SCAN_TEXT:2}
  rest=${rest#"${rest%%[!$' \t\r']*}"}
  take $((${#SCAN_TEXT} - ${#rest}))
}

# split_part: white space in what a variable stands for parts words.
split_part() {
  local rest=$PART head
  while :; do
    head=${rest%%[[:space:]]*}
    WORD+=$head
    [ "$head" != "$rest" ] || return 0
    end_word
    rest=${rest:${#head}+1}
  done
}
