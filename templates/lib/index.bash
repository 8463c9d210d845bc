# index_digest FILE PLATFORM: sets REPLY to the digest of the image for that platform in the index that the file has;
# returns 1 where there is none. One that names no variant comes before its kin, and of arm the seventh.
index_digest() {
  [ "$2" != linux/arm ] || ! index_digest "$1" linux/arm/v7 || return 0
  local word depth=0 in='' key='' last='' found='' digest='' os='' architecture='' variant=''
  while IFS= read -r word; do
    case $word in
      '{')
        depth=$((depth + 1))
        [ "$depth" -ne 2 ] || digest='' os='' architecture='' variant=''
        [ "$depth" -ne 3 ] || in=$key
        ;;
      :) key=$last ;;
      ,) key='' ;;
      '"'*'"')
        last=$word
        case $depth$in,$key in
          2*,'"digest"') digest=$word ;;
          '3"platform",'*) take_platform "$key" "$word" ;;
        esac
        ;;
      '}')
        if [ "$depth" -eq 2 ] && fits "$os/$architecture/$variant" "$2"; then
          [ -n "$variant" ] && [ -n "$found" ] || found=$digest
          [ -n "$variant" ] || break
        fi
        depth=$((depth - 1)) key=''
        ;;
    esac
  done < <(json_words "$1")
  unquote "$found" && is_digest "$REPLY"
}

# take_platform KEY VALUE: notes one word of the platform of an image in an index.
take_platform() {
  unquote "$2" || return 0
  case $1 in
    '"os"') os=$REPLY ;;
    '"architecture"') architecture=$REPLY ;;
    '"variant"') variant=$REPLY ;;
  esac
}
