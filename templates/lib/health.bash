# try_health: what Harbor says of its own parts. Without some of them nothing can be pushed.
try_health() {
  local part sick='' vital=''
  if [ -z "$REGISTRY_URL" ]; then
    without_curl
    return
  fi
  request "url = \"$REGISTRY_URL/api/v2.0/health\""
  if [ "$REPLY" != 200 ]; then
    detail "$MSG_NO_HEALTH" "$REPLY"
    return 2
  fi
  while read -r part; do
    sick="$sick $part"
    case $part in
      core | database | redis | registry) vital="$vital $part" ;;
    esac
  done < <(sick_parts)
  [ -z "$sick" ] || detail "$MSG_UNHEALTHY" "${sick# }"
  [ -z "$vital" ] || break_as 'Service Unavailable' "$DETAIL"
}

# sick_parts: the names of the parts that are not healthy, one a line.
sick_parts() {
  local list key value name='' state=''
  while IFS=$'\t' read -r list key value; do
    case $list,$key in
      '"components","name"') unquote "$value" && name=$REPLY ;;
      '"components","status"') unquote "$value" && state=$REPLY ;;
      *) continue ;;
    esac
    case $name:$state in
      :* | *:) continue ;;
    esac
    [ "$state" = healthy ] || printf '%s\n' "${name//[!A-Za-z0-9_-]/}"
    name='' state=''
  done < <(error_values)
}
