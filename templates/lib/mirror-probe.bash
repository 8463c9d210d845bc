# What a mirror is asked for, which all have that hand on what Docker Hub has, and why one does not.
SAMPLE=library/hello-world
REASON=''

# How long the last probe took, in thousandths of a second.
MILLISECONDS=0

# time_probe ADDRESS: probes it and takes the time.
time_probe() {
  local TIMEFORMAT=%3R status
  { time probe "$1"; } 2>"$WORK/time"
  status=$?
  MILLISECONDS=$(last_line "$WORK/time")
  MILLISECONDS=$((10#${MILLISECONDS//[!0-9]/}))
  return "$status"
}

# probe ADDRESS: whether it hands on what Docker Hub has to one who shows no login, as engines show none; sets REASON.
probe() {
  REASON=''
  rm -f "$WORK"/token.*
  if is_aliyun_registry "${1#*://}"; then
    REASON=$(say "$MSG_MIRROR_REGISTRY")
  elif ! open_mirror "$1"; then
    REASON=$(say "$MSG_MIRROR_DEAD" "$REGISTRY_STEP" "${REGISTRY_FAULT:-$REGISTRY_WORDS}")
  elif ! prove "$SAMPLE" pull || ! ask_manifest "$REPLY"; then
    blame "$REPLY"
  elif ! is_manifest; then
    REASON=$(say "$MSG_MIRROR_PORTAL")
  fi
  [ -z "$REASON" ]
}

# open_mirror ADDRESS: asks it the one way in which the engine does; returns 1 where it does not answer as registries do.
open_mirror() {
  local host=${1#*://} way=public
  REGISTRY_HOST=$host REGISTRY_URL='' REGISTRY_STEP=curl REGISTRY_FAULT='' REGISTRY_WORDS=''
  case $1 in
    http:*) way=plain ;;
    *)
      [ ! -f "$CERTIFICATES/$host/ca.crt" ] || way=own
      ! is_loopback "$host" && ! is_insecure "$host" || way=any
      ;;
  esac
  knock "$host" "$way"
}

# ask_manifest PROOF: asks for the sample; what comes may come from elsewhere.
ask_manifest() {
  request location "url = \"$REGISTRY_URL/v2/$SAMPLE/manifests/latest\"" "header = \"Accept: $ACCEPT\"" "$1"
  [ "$REPLY" = 200 ]
}

# is_manifest: whether what came is one, and no web page.
is_manifest() {
  take_header 'content-type: *application/vnd\.' && [ "$(LC_ALL=C head -c 1 "$SCRATCH.body")" = '{' ]
}

# blame STATUS: sets REASON to what an answer without a manifest means.
blame() {
  case $1 in
    401) REASON=$(say "$MSG_MIRROR_LOGIN") ;;
    403) REASON=$(say "$MSG_MIRROR_FORBIDDEN") ;;
    404) REASON=$(say "$MSG_MIRROR_EMPTY" "$SAMPLE") ;;
    429) REASON=$(say "$MSG_MIRROR_LIMIT") ;;
    000) REASON=$(say "$MSG_MIRROR_DEAD" ping "$(curl_error)") ;;
    *)
      answer_words "$1"
      REASON=$(say "$MSG_MIRROR_DEAD" ping "$REPLY")
      ;;
  esac
}

# is_aliyun_registry HOST: Aliyun's registries have what their users push; accelerators are called <id>.mirror.aliyuncs.com.
is_aliyun_registry() {
  case ${1%:*} in
    registry.*.aliyuncs.com | registry-*.aliyuncs.com | *.cr.aliyuncs.com) ;;
    *) return 1 ;;
  esac
}
