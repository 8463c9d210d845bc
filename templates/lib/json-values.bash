# json_values FILE: prints its values, one a line: the keys on the way to it, and it, with tabs between and as they are
# quoted there. A tab in a string is an escape, so none is lost.
json_values() {
  local word path='' key='' last=''
  json_words "$1" | while IFS= read -r word; do
    case $word in
      '{' | '[') path=$path$key$'\t' key='' last='' ;;
      :) key=$last last='' ;;
      , | '}' | ']')
        [ -z "$last" ] || printf '%s%s\t%s\n' "$path" "$key" "$last"
        [ "$word" = , ] || path=${path%$'\t'*$'\t'}$'\t'
        key='' last=''
        ;;
      *) last=$word ;;
    esac
  done
}
