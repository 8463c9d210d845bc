# pull_other NUMBER NAME: brings the image for the right platform by its digest, where the engine has taken another one
# and the registry has several.
pull_other() {
  local name
  untagged "$2"
  name=$REPLY
  platform_digest "$2" "${PLATFORMS[$1]}" || return 1
  name=$name@$REPLY
  insist "$1" "$ENGINE" pull --platform "${PLATFORMS[$1]}" "$name" && act "$ENGINE" tag "$name" "$2"
}

# platform_digest NAME PLATFORM: sets REPLY to the digest of the image for that platform in the index that a registry
# has; returns 1 where there is none.
platform_digest() {
  local list key name value digest='' os='' architecture='' variant=''
  ask manifest inspect "$1" || return 1
  while IFS=$'\t' read -r list key name value; do
    case $list,$key,$name in
      '"manifests","digest",'*)
        ! fits "$os/$architecture/$variant" "$2" || break
        digest=$name os='' architecture='' variant=''
        ;;
      '"manifests","platform","os"') unquote "$value" && os=$REPLY ;;
      '"manifests","platform","architecture"') unquote "$value" && architecture=$REPLY ;;
      '"manifests","platform","variant"') unquote "$value" && variant=$REPLY ;;
    esac
  done < <(json_values "$SCRATCH")
  fits "$os/$architecture/$variant" "$2" && unquote "$digest" && is_digest "$REPLY"
}
