# The file of settings, what it was before this script first wrote it, and a copy of what it is now; a file that is
# just being written beside it.
FILE=''
BACKUP=''
OLD=''
TEMP=''

# What the backup has where there was no file. It is no JSON, so no file that this script takes can have it.
NO_FILE='# there was no such file'

# open_settings PATH: sets FILE to it, or to what it is a link to, and goes on only where that can be read and written.
open_settings() {
  FILE=$1
  follow_links
  BACKUP=$FILE.before-mirrors
  OLD=$WORK/old
  [ ! -e "$FILE" ] || [ -f "$FILE" ] || die 3 "$MSG_NOT_A_FILE" "$FILE"
  [ ! -e "$FILE" ] || [ -r "$FILE" ] || die 3 "$MSG_NEEDS_ROOT" "$FILE" "$0"
  [ ! -e "$FILE" ] || cat "$FILE" >"$OLD"
}

# follow_links: a link stays one; what it leads to is the file.
follow_links() {
  local link=$FILE tries=0
  while [ -L "$FILE" ] && [ "$tries" -lt 40 ]; do
    tries=$((tries + 1))
    REPLY=$(readlink "$FILE")
    case $REPLY in
      /*) FILE=$REPLY ;;
      *) FILE=${FILE%/*}/$REPLY ;;
    esac
  done
  [ "$FILE" = "$link" ] && return
  [ -e "$FILE" ] || die 3 "$MSG_BROKEN_LINK" "$link" "$FILE"
  say "$MSG_IS_LINK" "$link" "$FILE"
}

# need_right: goes on only where the file can be replaced, and stays whose it is.
need_right() {
  local folder=${FILE%/*}
  while [ ! -d "$folder" ] && [ -n "$folder" ]; do
    folder=${folder%/*}
  done
  if [ "$UID" -ne 0 ] && { [ ! -w "${folder:-/}" ] || [ -e "$FILE" ] && [ ! -O "$FILE" ]; }; then
    die 3 "$MSG_NEEDS_ROOT" "$FILE" "$0"
  fi
  [ -w "${folder:-/}" ] || die 3 "$MSG_READ_ONLY" "${folder:-/}"
}

# put_file SOURCE TARGET: gives TARGET these bytes in one step, and mode and owner of FILE.
put_file() {
  { mkdir -p "${2%/*}" && rm -f "${2%/*}/.${FILE##*/}.relay-"?????? && beside "$2" && fill_temp "$1"; } 2>"$SCRATCH.error" &&
    mv -f "$TEMP" "$2" 2>"$SCRATCH.error" && TEMP='' && return 0
  warn "$MSG_NOT_WRITTEN" "$2" "$(last_line "$SCRATCH.error")"
  drop_temp
  return 1
}

# beside TARGET: makes TEMP in the same folder, so that it can take its place.
beside() {
  TEMP=$(mktemp "${1%/*}/.${FILE##*/}.relay-XXXXXX")
}

fill_temp() {
  if [ -e "$FILE" ]; then
    cp -p "$FILE" "$TEMP"
  else
    chmod 644 "$TEMP"
  fi && cat "$1" >"$TEMP"
}

drop_temp() {
  [ -z "$TEMP" ] || rm -f "$TEMP"
  TEMP=''
}

# keep_backup: sees to it that BACKUP has what the file was before this script first wrote it. What others have
# changed since belongs to that, too.
keep_backup() {
  [ ! -e "$BACKUP" ] || others_changed || return 0
  [ -e "$OLD" ] || printf '%s\n' "$NO_FILE" >"$WORK/none"
  if [ -e "$OLD" ]; then
    put_file "$OLD" "$BACKUP"
  else
    put_file "$WORK/none" "$BACKUP"
  fi && say "$MSG_BACKUP" "$BACKUP"
}

# original: sets REPLY to a file with what BACKUP has, or to none where there was none.
original() {
  REPLY=$BACKUP
  ! printf '%s\n' "$NO_FILE" | cmp -s - "$BACKUP" || REPLY=$WORK/nothing
}

# others_changed: whether the file differs from its backup in more than its mirrors.
others_changed() {
  [ -e "$OLD" ] || return 1
  original
  settings_for "$REPLY" >"$WORK/was" && settings_for "$OLD" >"$WORK/is" && ! cmp -s "$WORK/was" "$WORK/is"
}

# show_change FILE: shows what would change, or prints the whole file where diff is missing.
show_change() {
  local before=$OLD
  [ -e "$before" ] || before=/dev/null
  if type -P diff >/dev/null; then
    diff -u -L "$FILE" -L "$FILE" "$before" "$1"
  else
    cat "$1"
  fi
  return 0
}
