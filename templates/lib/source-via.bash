# The proxy that has the image at hand; empty where its own registry has to give it.
THROUGH=''

# need_sums: what proxies say of themselves proves nothing, so none is asked where nothing here makes sums.
need_sums() {
  [ "${#SHA256[@]}" -eq 0 ] && [ "${#VIA[@]}" -gt 0 ] || return 0
  warn "$MSG_VIA_NO_SUMS"
  VIA=()
}

# first_name NUMBER: sets REPLY to the name by which an image is asked for first.
first_name() {
  local proxy=''
  ! asks_proxies "$1" || proxy=${VIA[0]}/
  source_name "${SOURCES[$1]}"
  REPLY=$proxy$REPLY
}

# seek_source NUMBER: like find_source, of the first proxy that has the image as it must be, else of its own registry.
seek_source() {
  source_name "${SOURCES[$1]}"
  set -- "$1" "$REPLY"
  if asks_proxies "$1"; then
    for THROUGH in ${VIA[@]+"${VIA[@]}"}; do
      find_through "$1" "$THROUGH/$2" && return
    done
  fi
  THROUGH=''
  find_source "$1" "$2"
}

# find_through NUMBER NAME: one proxy. The lock may have the digest of the image for the platform, as some engines tell
# no other.
find_through() {
  if ! find_source "$1" "$2"; then
    miss_proxy "$1" "$THROUGH"
    return 1
  fi
  case $EXPECTED in
    # What is taken on trust is not written down.
    -) ORIGIN=- ;;
    "$ORIGIN" | "$DIGEST") ORIGIN=$EXPECTED ;;
    *)
      tell say "$CLEAR$MSG_VIA_OTHER" "$2" "$ORIGIN" "$EXPECTED"
      return 1
      ;;
  esac
}

# give_up_proxy NUMBER: copying from the proxy has failed, so this try asks it no more; returns 1 where there was none.
give_up_proxy() {
  [ -n "$THROUGH" ] || return 1
  miss_proxy "$1" "$THROUGH"
  without_proxy "$THROUGH"
}

# without_proxy PROXY: takes it out of VIA.
without_proxy() {
  local proxy kept
  kept=()
  for proxy in ${VIA[@]+"${VIA[@]}"}; do
    [ "$proxy" = "$1" ] || kept+=("$proxy")
  done
  VIA=(${kept[@]+"${kept[@]}"})
}

# origin_is NUMBER DIGEST: whether an image is that at a proxy or at its own registry. What is pinned cannot be anything
# else.
origin_is() {
  local proxy
  qualify "${SOURCES[$1]}"
  case $REPLY in
    *@*)
      [ "${REPLY##*@}" = "$2" ]
      return
      ;;
  esac
  set -- "$REPLY" "$2"
  for proxy in ${VIA[@]+"${VIA[@]}"}; do
    remote_digest "$proxy/$1" once && [ "$REPLY" = "$2" ] && return
  done
  remote_digest "$1" && [ "$REPLY" = "$2" ]
}

# leave_out HOST: the registry at hand leads nowhere, so no proxy there is asked. What only a certificate is in the way
# of may still let the program in, and what answers that it is in trouble may soon be out of it.
leave_out() {
  local proxy
  case $REGISTRY_STEP,$CURL_STATUS in
    curl,* | tls,[!2]*) return 0 ;;
    ping,0)
      classify "$REGISTRY_WORDS"
      [ "$PASSES" = no ] || return 0
      ;;
  esac
  for proxy in ${VIA[@]+"${VIA[@]}"}; do
    [ "${proxy%%/*}" = "$1" ] || continue
    warn "$MSG_VIA_SILENT" "$proxy" "$REGISTRY_FAULT"
    without_proxy "$proxy"
  done
}
