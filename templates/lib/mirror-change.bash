# Whether the file has mirrors that no pull has come through yet. Whoever ends the script then gets the old ones back.
PENDING=''

# set_up ADDRESS...: writes these mirrors, lets the engine read them, and proves them by a pull. Where that fails all is
# as before.
set_up() {
  settings_for "$OLD" "$@" >"$WORK/new"
  if same_file "$WORK/new" "$OLD" && in_use "$@"; then
    say "$MSG_MIRRORS_SAME" "$FILE"
    return
  fi
  show_change "$WORK/new"
  [ -z "$DRY" ] || return 0
  validate "$WORK/new"
  same_file "$WORK/new" "$OLD" || keep_backup || return 3
  PENDING=yes
  if ! same_file "$WORK/new" "$OLD" && ! put_file "$WORK/new" "$FILE"; then
    PENDING=''
    return 3
  fi
  mark_log
  if reload && settled "$@"; then
    prove_change "$@"
    return
  fi
  warn "$MSG_NOT_TAKEN" "$ENGINE"
  roll_back
  return 1
}

# prove_change ADDRESS...: says that it is done where it is.
prove_change() {
  local status=0
  [ $# -eq 0 ] || prove_mirror "$1" || status=$?
  case $status,$# in
    1,*) roll_back ;;
    0,0) say "$MSG_MIRRORS_NONE" ;;
    0,*) say "$MSG_MIRRORS_DONE" "$*" "$PROOF_IMAGE" ;;
    *) warn "$MSG_MIRRORS_UNPROVEN" "$*" ;;
  esac
  PENDING=''
  [ "$status" -eq 0 ]
}

# roll_back: the file as it was, and the engine, too.
roll_back() {
  PENDING=''
  if put_back "$OLD"; then
    warn "$MSG_ROLLED_BACK" "$FILE"
    return 0
  fi
  [ -z "$UNIT" ] || run_shown systemctl start "$UNIT"
  warn "$MSG_NOT_BACK" "$FILE" "$ENGINE"
}

# close_settings: what the script does at its end. A signal comes while what is printed goes to a file, so both ways out
# are those that the script began with. A bare return in here would be that of what the signal has interrupted.
close_settings() {
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  trap '' INT TERM HUP
  end_child
  drop_temp
  [ -z "$PENDING" ] || roll_back >&6 2>&7
  close_workdir
}

# restore: the same with what was before this script first wrote the file.
restore() {
  [ -e "$BACKUP" ] || die 3 "$MSG_NO_BACKUP" "$BACKUP"
  ! others_changed || die 3 "$MSG_OTHERS_CHANGED" "$FILE" "$BACKUP"
  original
  set -- "$REPLY"
  if same_file "$1" "$OLD" || { [ ! -e "$1" ] && [ ! -e "$OLD" ]; }; then
    say "$MSG_MIRRORS_SAME" "$FILE"
    return
  fi
  if [ -e "$1" ]; then show_change "$1"; else show_change /dev/null; fi
  [ -z "$DRY" ] || return 0
  [ ! -e "$1" ] || validate "$1"
  if ! put_back "$1"; then
    warn "$MSG_NOT_TAKEN" "$ENGINE"
    return 1
  fi
  say "$MSG_RESTORED" "$FILE"
}

# put_back SOURCE: the file has the bytes of SOURCE, or is gone where there is no SOURCE; before that the engine has
# its mirrors. It would keep the present ones where a file says nothing of mirrors, so an empty list goes first.
put_back() {
  local address status=0 mirrors=()
  while [ "$ENGINE_KIND" = docker ] && read -r address; do
    mirrors+=("$address")
  done < <(list_mirrors "$1")
  if ! in_use ${mirrors[@]+"${mirrors[@]}"}; then
    settings_for "$1" ${mirrors[@]+"${mirrors[@]}"} >"$WORK/between"
    put_file "$WORK/between" "$FILE" && reload && settled ${mirrors[@]+"${mirrors[@]}"} || status=1
  fi
  if [ ! -e "$1" ]; then
    rm -f "$FILE" || status=1
  elif ! same_file "$1" "$FILE"; then
    put_file "$1" "$FILE" || status=1
  fi
  return "$status"
}

# same_file FILE FILE: whether both are there and have the same bytes.
same_file() {
  [ -e "$1" ] && [ -e "$2" ] && cmp -s "$1" "$2"
}

# validate FILE: asks the engine whether it would start with it, where it can say so (Docker 23).
validate() {
  [ "$ENGINE_KIND" = docker ] && type -P dockerd >/dev/null || return 0
  within 20 dockerd --help >"$SCRATCH" 2>&1
  grep -e '-validate' "$SCRATCH" >/dev/null || return 0
  within 60 dockerd --validate --config-file "$1" >"$SCRATCH" 2>&1 || die 3 "$MSG_NOT_VALID" "$(last_line "$SCRATCH")"
}
