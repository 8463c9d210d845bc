# What has come, in a folder of this run: the name, the mode, and what is known of each file by its number.
STAGE=''
STAGED=()
STAGED_MODES=()
STAGED_SUMS=()

# The folders and links to be made, and the services that have to be started anew.
FOLDERS=()
LINKS=()
LINK_TARGETS=()
STALE=''

# receive_files: takes what is sent, and puts it in its place once all of it is here and right.
receive_files() {
  local line kind a b c path target
  mark step copy
  mkdir -p "$TO" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$TO"
  (umask 077 && mkdir -p "$STATE") || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$STATE"
  STAGE=$(mktemp -d "$STATE/new.XXXXXX") || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$STATE"
  trap 'close_stage; close_workdir' EXIT
  while IFS= read -r line; do
    if [ "$line" = end ]; then
      install_files
      return
    fi
    IFS=$'\t' read -r kind a b c path target <<<"$line"
    case $kind in
      f) receive_file "$a" "$b" "$c" "$path" ;;
      d) FOLDERS+=("$path") ;;
      l)
        LINKS+=("$path")
        LINK_TARGETS+=("$target")
        ;;
      r) STALE="$STALE$a " ;;
      *) break ;;
    esac
  done
  die 1 "$MSG_DEPLOY_NOT_COMPLETE"
}

close_stage() {
  [ "$BASH_SUBSHELL" -ne 0 ] || [ -z "$STAGE" ] || rm -rf "$STAGE"
}

# receive_file MODE SUM SIZE PATH: the next SIZE bytes are the file.
receive_file() {
  local number=${#STAGED[@]} file sum
  file=$STAGE/$number
  (umask 077 && : >"$file") || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$4"
  [ "$3" -eq 0 ] || head -c "$3" >"$file" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$4"
  sum=$(cksum <"$file")
  [ "$sum" = "$2 $3" ] || die 1 "$MSG_DEPLOY_NOT_EQUAL" "$4"
  STAGED+=("$4")
  STAGED_MODES+=("$1")
  STAGED_SUMS+=("$sum")
}

# install_files: each file takes the place of an older one in one step, and the older one is kept.
install_files() {
  local number path
  # Containers see what they mount as it was at their start. That outlives a run that fails.
  [ -z "$STALE" ] || printf '%s\n' "$STALE" >>"$STATE/restart" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$STATE/restart"
  for path in ${FOLDERS[@]+"${FOLDERS[@]}"}; do
    mkdir -p "$TO/$path" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$TO/$path"
  done
  for number in ${STAGED[@]+"${!STAGED[@]}"}; do
    path=${STAGED[$number]}
    is_ours "${STAGED_SUMS[$number]} $path" || printf '%s %s\n' "${STAGED_SUMS[$number]}" "$path" >>"$STATE/sums" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$STATE/sums"
    install_file "$STAGE/$number" "${STAGED_MODES[$number]}" "$path" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$TO/$path"
  done
  for number in ${LINKS[@]+"${!LINKS[@]}"}; do
    ln -s "${LINK_TARGETS[$number]}" "$TO/${LINKS[$number]}" || die 1 "$MSG_DEPLOY_NOT_WRITTEN" "$TO/${LINKS[$number]}"
  done
  say "$MSG_DEPLOY_COPIED" "${#STAGED[@]}" "$TO"
}

# install_file FILE MODE PATH
install_file() {
  local target=$TO/$3 before=$STATE/before/$3
  case $3 in
    */*) mkdir -p "${target%/*}" || return 1 ;;
  esac
  if [ -f "$target" ]; then
    mkdir -p "${before%/*}" && cp -p "$target" "$before" || return 1
    say "$MSG_DEPLOY_REPLACED" "$3" ".deploy-to-host/before/$3"
  fi
  chmod "$2" "$1" && mv -f "$1" "$target"
}
