# print_rows: what climb has found, one step a line.
print_rows() {
  local number mark
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    case ${ANSWERS[$number]} in
      yes) mark=✅ ;;
      no) mark=❌ ;;
      *) mark=❓ ;;
    esac
    printf '  %s %s%s\n' "$mark" "${STEPS[$number]}" "${DETAILS[$number]:+: ${DETAILS[$number]}}"
    [ "$mark" = ❌ ] || continue
    [ -z "$CAUSE" ] || say "$MSG_CAUSE" "$CLASS" "$CAUSE"
    [ -z "$CURE" ] || say "$MSG_CURE" "$CURE"
  done
}

# print_json NAME HOST REPOSITORY LEVEL HOLDS: the same as one line of JSON.
print_json() {
  local number comma=''
  printf '{"registry":"%s","host":"%s","repository":"%s","for":"%s","holds":%s,"failed":' "$@"
  json_or_null "$BROKEN"
  printf ',"detail":'
  json_or_null "$BREAK"
  printf ',"class":'
  json_or_null "$CLASS"
  printf ',"passes":'
  json_or_null "${BROKEN:+$PASSES}"
  printf ',"cause":'
  json_or_null "$CAUSE"
  printf ',"cure":'
  json_or_null "$CURE"
  printf ',"rows":['
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    printf '%s{"step":"%s","answer":"%s","detail":' "$comma" "${STEPS[$number]}" "${ANSWERS[$number]}"
    json_or_null "${DETAILS[$number]}"
    printf '}'
    comma=,
  done
  printf ']}\n'
}

# json_or_null TEXT: prints it as a string of JSON; nothing is null.
json_or_null() {
  case $1 in
    '') printf null ;;
    *) printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' ' ' | LC_ALL=C sed 's/["\\]/\\&/g')" ;;
  esac
}

# answer_of STEP: sets REPLY to its answer.
answer_of() {
  local number
  REPLY=unknown
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    [ "${STEPS[$number]}" != "$1" ] || REPLY=${ANSWERS[$number]}
  done
}
