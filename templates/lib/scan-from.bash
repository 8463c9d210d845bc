# read_from: FROM IMAGE [AS NAME].
read_from() {
  local words name
  split_from "$REST"
  stage_name ${words[@]+"${words[@]}"}
  name=$REPLY
  STAGE=$((STAGE + 1))
  [ "${#words[@]}" -eq 0 ] || read_base "${words[0]}"
  [ -z "$name" ] || put "STAGE$SCAN_COUNT" "$name" "$STAGE"
}

# split_from TEXT: for read_from, sets `words` to its words. Quotes do not keep them together.
split_from() {
  local rest=$1
  words=()
  while :; do
    rest=${rest#"${rest%%[![:space:]]*}"}
    [ -n "$rest" ] || return 0
    words+=("${rest%%[[:space:]]*}")
    rest=${rest#"${rest%%[[:space:]]*}"}
  done
}

# stage_name WORD...: sets REPLY to the name behind AS, empty where there is none.
stage_name() {
  REPLY=''
  case $#,${2:-} in
    1,) return ;;
    3,[Aa][Ss]) lower "$3" ;;
    *) scan_fault "$MSG_SCAN_FROM" && return ;;
  esac
  case $REPLY in
    [!a-z]* | *[!a-z0-9_.-]*) scan_fault "$MSG_SCAN_NAME" "$3" ;;
  esac
}

# read_base NAME: what a stage is built on: one of those before it, or an image.
read_base() {
  local base
  fill "$1" || return
  base=$REPLY
  check_platform || return
  if get "STAGE$SCAN_COUNT" "$base"; then
    CHILDREN[REPLY]="${CHILDREN[REPLY]:-} $STAGE"
  elif [ -n "$base" ]; then
    add_use from "$base"
  else
    scan_fault "$MSG_SCAN_REFERENCE" "$1"
  fi
}

# check_platform: whether the flag of FROM is one.
check_platform() {
  flag_value platform || return 0
  fill "$REPLY" || return 1
  case $REPLY in
    '' | */*/*/* | /* | */ | *//* | *[!A-Za-z0-9_./-]*) ;;
    *) return 0 ;;
  esac
  scan_fault "$MSG_SCAN_SYNTAX" "--platform=$REPLY"
  return 1
}
