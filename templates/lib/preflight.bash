# need_registry LEVEL: whether the registry lets this run do what it is for, as far as that can be known before; says
# what is in the way.
need_registry() {
  local host=${REGISTRY%%/*} last=$((${#TARGETS[@]} - 1)) first=compose-relay
  [ "$last" -lt 0 ] || first=${TARGETS[0]#*/}
  # Where only this shell's own network could be tried, the engine's counts.
  type -P curl >/dev/null || LADDER='try_login try_pull try_push'
  climb "$host" "${first%:*}" "$1"
  case $BROKEN in
    '') say_unknown ;;
    dns | tcp | tls | ping) client_gets_in "$host" || refuse_registry ;;
    pull | push) passes_by "$host" || refuse_registry || others_take "$host" "${TARGETS[$last]#*/}" ;;
    *) refuse_registry ;;
  esac
}

# refuse_registry: says which step failed, and what is known of that.
refuse_registry() {
  warn "$MSG_STEP_FAILED" "$BROKEN" "$BREAK"
  [ -z "$CAUSE" ] || warn "$MSG_CAUSE" "$CLASS" "$CAUSE"
  [ -z "$CURE" ] || warn "$MSG_CURE" "$CURE"
  # This is known without asking, however far the way has led.
  [ "$BROKEN" = login ] || [ -z "$HALF_LOGIN" ] || warn "$MSG_STEP_FAILED" login "$HALF_LOGIN"
  return 1
}

# say_unknown: says what could not be found out, but for all that takes curl.
say_unknown() {
  local number
  for number in ${STEPS[@]+"${!STEPS[@]}"}; do
    case ${ANSWERS[$number]}:${DETAILS[$number]} in
      unknown: | "unknown:$MSG_TAKES_CURL") ;;
      unknown:*) warn "$MSG_STEP_UNKNOWN" "${STEPS[$number]}" "${DETAILS[$number]}" ;;
    esac
  done
}

# passes_by HOST: whether the failure is one that may pass; then the pushes find out.
passes_by() {
  [ "$PASSES" != no ] || return 1
  warn "$MSG_STEP_UNKNOWN" "$BROKEN" "$BREAK"
}

# others_take HOST TARGET: whether only the first repository is refused: another one of this run takes uploads.
others_take() {
  local CLASS PASSES CAUSE CURE DETAIL
  [ "$RIGHTS" = pull,push ] && try_push "$1" "${2%:*}" || return 1
  warn "$MSG_OTHERS_TAKE" "${2%:*}"
}
