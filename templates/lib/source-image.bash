# The digest of what an image's name means at its own registry, that of what is copied, and the name of it by that.
ORIGIN=-
DIGEST=-
FROM=''

# The digest of the configuration of an image that is for one platform.
CONFIG=''

# source_name SOURCE: sets REPLY to its full name. Programs take a tag or a digest, not both.
source_name() {
  local digest=${1##*@}
  qualify "$1"
  [ "$digest" != "$1" ] || return 0
  untagged "$REPLY"
  REPLY=$REPLY@$digest
}

# find_source NUMBER NAME: asks for an image by that name; sets ORIGIN, FROM, and DIGEST to that of what is to be copied.
# Returns 1, and says why, where there is no such image or it is not made for the platform.
find_source() {
  untagged "$2"
  FROM=$REPLY
  fetch_manifest "$1" "$2" && know_origin "$1" "$2" || return 1
  mv -f "$SCRATCH.body" "$SCRATCH.manifest"
  if is_index; then
    in_index "$1" || return 1
  else
    is_made_for "$1" || return 1
  fi
  [ -z "$ALL" ] || DIGEST=$ORIGIN
  FROM=$FROM@$DIGEST
}

# fetch_manifest NUMBER NAME: puts it into SCRATCH.body. Its registry is asked, else the program is.
fetch_manifest() {
  local version=${2##*@}
  [ "$version" != "$2" ] || version=${2##*:}
  if enter_registry "${2%%/*}"; then
    ask_registry "${FROM#*/}" "manifests/$version" "header = \"Accept: $ACCEPT\""
    [ "$REPLY" != 200 ] || return 0
    leads_on "$REPLY" || blame_answer "$1" "$REPLY" || return 1
  fi
  copier_manifest "$2" || blame "$1" "$(last_lines "$SCRATCH.error")"
}

# leads_on STATUS: whether the program may get further than that answer: a registry may send on to another one, or want
# a login for what it has though not for itself.
leads_on() {
  case $1$REGISTRY_ASKS in
    30?* | 405* | 401) return 0 ;;
    *) return 1 ;;
  esac
}

# fetch_config NUMBER: the same for the configuration. What registries keep elsewhere is fetched there, without login.
fetch_config() {
  if enter_registry "${FROM%%/*}"; then
    ask_registry "${FROM#*/}" "blobs/$CONFIG"
    case $REPLY in
      30?) follow_redirect && [ "$REPLY" = 200 ] && return ;;
      200) return 0 ;;
      *) leads_on "$REPLY" || blame_answer "$1" "$REPLY" || return 1 ;;
    esac
  fi
  copier_config "$FROM@$ORIGIN" || blame "$1" "$(last_lines "$SCRATCH.error")"
}

# ask_registry REPOSITORY WHAT [LINE...]: asks the registry at hand for something of a repository; sets REPLY to the
# status. A token that is for many repositories may not be for this one.
ask_registry() {
  local shared=$WORK/token.pull.$REGISTRY_HOST%${1//\//%} url="url = \"$REGISTRY_URL/v2/$1/$2\""
  [ -f "$shared" ] || shared=''
  prove "$1" pull || return 0
  request "$url" "${@:3}" "$REPLY"
  [ "$REPLY" = 401 ] && [ -n "$shared" ] || return 0
  rm -f "$shared"
  prove "$1" pull || return 0
  request "$url" "${@:3}" "$REPLY"
}

# follow_redirect: asks where the last answer says; sets REPLY to the status.
follow_redirect() {
  take_header location: || return 0
  case $REPLY in
    *[\"\\]*) REPLY=502 ;;
    /*) request "url = \"$REGISTRY_URL$REPLY\"" ;;
    *) request "url = \"$REPLY\"" ;;
  esac
}

# blame NUMBER WORDS: a job failed by what these words say.
blame() {
  say '%s' "${2% }"
  classify "$2"
  fail_as "$1" "$CLASS"
}

# blame_answer NUMBER STATUS: by what a registry answered, or did not. One that does not know who asks says the same of
# what it hides and of what is not there.
blame_answer() {
  case $2 in
    000) curl_words "$(curl_error)" ;;
    *) answer_words "$2" ;;
  esac
  [ "$2" != 401 ] || [ -n "$REGISTRY_LOGIN" ] || REPLY="requested access to the resource is denied: $REPLY"
  blame "$1" "${FROM#docker.io/}: $REPLY"
}

# blame_class NUMBER CLASS: by what this script has found itself, and said.
blame_class() {
  describe "$2"
  fail_as "$1" "$2"
}

# know_origin NUMBER NAME: sets ORIGIN to the digest of SCRATCH.body, which has to be the one that the image is pinned by.
know_origin() {
  local pin=${2##*@}
  digest_of "$SCRATCH.body" || { take_header docker-content-digest: && is_digest "$REPLY"; } || copier_sum "$2" || REPLY=-
  ORIGIN=$REPLY
  [ "$pin" != "$2" ] || pin=$ORIGIN
  [ "$ORIGIN" = - ] || [ "$ORIGIN" != "$pin" ] || return 0
  say "$MSG_VIA_OTHER" "$2" "$ORIGIN" "$pin"
  blame_class "$1" corrupt
}

# is_index: whether the manifest is one of several platforms.
is_index() {
  LC_ALL=C grep -E '"manifests"[[:space:]]*:' "$SCRATCH.manifest" >/dev/null
}

# in_index NUMBER: sets DIGEST to that of the image for the platform.
in_index() {
  if ! index_digest "$SCRATCH.manifest" "${PLATFORMS[$1]}"; then
    say "$MSG_NO_PLATFORM" "${PLATFORMS[$1]}"
    blame_class "$1" no-platform
    return
  fi
  DIGEST=$REPLY
}

# is_made_for NUMBER: whether the only image there is one for the platform; sets DIGEST. Programs copy any other, too.
is_made_for() {
  config_digest
  if [ -z "$CONFIG" ]; then
    blame "$1" 'unsupported manifest media type'
    return
  fi
  fetch_config "$1" || return 1
  config_platform
  DIGEST=$ORIGIN
  fits "$REPLY" "${PLATFORMS[$1]}" && return
  say "$MSG_MADE_FOR" "${REPLY%/}" "${PLATFORMS[$1]}"
  blame_class "$1" wrong-platform
}

# config_digest: sets CONFIG to the digest that the manifest has of it, empty if none.
config_digest() {
  local part key value
  CONFIG=''
  while IFS=$'\t' read -r part key value; do
    [ "$part,$key" != '"config","digest"' ] || { unquote "$value" && is_digest "$REPLY" && CONFIG=$REPLY; }
  done < <(json_values "$SCRATCH.manifest")
}

# config_platform: sets REPLY to the platform that the configuration tells.
config_platform() {
  local key value os='' architecture='' variant=''
  while IFS=$'\t' read -r key value; do
    take_platform "$key" "$value"
  done < <(json_values "$SCRATCH.body")
  REPLY=$os/$architecture/$variant
}
