# json_words FILE: prints its words, one a line: strings, marks, and other values.
json_words() {
  LC_ALL=C tr '\000-\037' ' ' <"$1" | LC_ALL=C grep -oE '"([^"\\]|\\.)*"|[][{}:,]|[^][{}:," ]+'
}

# unquote STRING: sets REPLY to what a string of JSON means; returns 1 for what is no string or no text for a shell.
unquote() {
  local rest text='' escape
  case $1 in
    '"'*'"') ;;
    *) return 1 ;;
  esac
  rest=${1#\"}
  rest=${rest%\"}
  while [ "$rest" != "${rest#*\\}" ]; do
    text=$text${rest%%\\*}
    rest=${rest#*\\}
    escape=${rest:0:1}
    rest=${rest:1}
    case $escape in
      b) text=$text$'\b' ;;
      f) text=$text$'\f' ;;
      n) text=$text$'\n' ;;
      r) text=$text$'\r' ;;
      t) text=$text$'\t' ;;
      u)
        character "${rest:0:4}" || return 1
        text=$text$REPLY
        rest=${rest:4}
        ;;
      *) text=$text$escape ;;
    esac
  done
  REPLY=$text$rest
}

# character HEX: sets REPLY to the character of that number, in UTF-8; returns 1 for halves of characters and NUL.
character() {
  local number
  case $1 in
    0000 | [dD][89a-fA-F]?? | *[![:xdigit:]]*) return 1 ;;
    ????) number=$((16#$1)) ;;
    *) return 1 ;;
  esac
  if [ "$number" -lt 128 ]; then
    printf -v REPLY '\\0%03o' "$number"
  elif [ "$number" -lt 2048 ]; then
    printf -v REPLY '\\0%03o\\0%03o' $((192 | number >> 6)) $((128 | number & 63))
  else
    printf -v REPLY '\\0%03o\\0%03o\\0%03o' $((224 | number >> 12)) $((128 | number >> 6 & 63)) $((128 | number & 63))
  fi
  printf -v REPLY '%b' "$REPLY"
}
