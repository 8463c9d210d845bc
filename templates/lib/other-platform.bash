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
  ask manifest inspect "$1" && index_digest "$SCRATCH" "$2"
}
