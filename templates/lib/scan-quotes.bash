# read_escaped: a character that means itself.
read_escaped() {
  take 2
  [ -n "$ESCAPES" ] || PART=${PART:1}
}

# read_single: what stands in single quotes.
read_single() {
  local inner=''
  take 1
  while more && [ "${SCAN_TEXT:0:1}" != \' ]; do
    read_plain "[']"
    inner+=$PART
  done
  end_quotes "'" "$inner"
}

# read_double: what stands in double quotes, where variables count, too.
read_double() {
  local inner=''
  take 1
  while more && [ "${SCAN_TEXT:0:1}" != \" ]; do
    case $SCAN_TEXT in
      '$'*) read_variable || return 1 ;;
      "$MARK"[\"\$]* | "$MARK$MARK"*) read_escaped ;;
      "$MARK"*) take 1 && PART=$PART${ESCAPES:+$PART} ;;
      *) read_plain '[$"\\`]' ;;
    esac
    inner+=$PART
  done
  end_quotes \" "$inner"
}

# end_quotes QUOTE TEXT: PART is what stands in the quotes; returns 1 where they do not end.
end_quotes() {
  [ -n "$SCAN_TEXT" ] || return 1
  take 1
  PART=$2
  [ -z "$QUOTES" ] || PART=$1$2$1
}
