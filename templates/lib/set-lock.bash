# The folder that says whose the set is just now: in it are a process of which machine, its script, and the group of
# what it runs. TAKEN is whether it is this one's.
SET_LOCK=''
TAKEN=''

# seize_set: one run at a time. What a run has left that is no more is taken over.
seize_set() {
  local owner tries=0
  SET_LOCK=$SET/save.lock
  TAKEN=next
  until mkdir "$SET_LOCK" 2>/dev/null; do
    [ -d "$SET_LOCK" ] || die 3 "$MSG_SAVE_READ_ONLY" "$SET"
    read_owner
    owner=$REPLY
    ! is_running "$owner" || die 3 "$MSG_SAVE_TAKEN" "$SET" "$owner" "$SET_LOCK"
    clear_lock "$owner"
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || die 3 "$MSG_SAVE_TAKEN" "$SET" "$owner" "$SET_LOCK"
  done
  { printf '%s %s %s\n' "$$" "${HOSTNAME:-}" "${0##*/}" >"$SET_LOCK/owner"; } 2>/dev/null ||
    die 3 "$MSG_SAVE_READ_ONLY" "$SET"
  TAKEN=yes
}

# read_owner: sets REPLY to whose the lock is; who has just made it may need a moment to say so.
read_owner() {
  local tries=0
  REPLY=''
  until [ -s "$SET_LOCK/owner" ] || [ "$tries" -ge 10 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  { IFS= read -r REPLY <"$SET_LOCK/owner"; } 2>/dev/null
}

# is_running OWNER: whether that run may still be under way: on another machine nobody knows. Another program may have
# its number by now.
is_running() {
  local process host script command
  read -r process host script <<<"$1"
  [ -n "$process" ] || return 1
  [ "$host" = "${HOSTNAME:-}" ] || return 0
  kill -0 "$process" 2>/dev/null || [ -d "/proc/$process" ] || ps -p "$process" >/dev/null 2>&1 || return 1
  command=$(ps -ww -o args= -p "$process" 2>/dev/null)
  case $command in
    '' | *"$script"*) ;;
    *) return 1 ;;
  esac
}

# clear_lock OWNER: takes away what that run has left, once the last of its programs has ended. Another run may do so
# just now, and have made a lock of its own.
clear_lock() {
  local owner=$1 group='' tries=0
  { read -r group <"$SET_LOCK/group"; } 2>/dev/null
  while [ -n "$group" ] && kill -0 -- "-$group" 2>/dev/null && [ "$tries" -lt 20 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  mv "$SET_LOCK" "$SET_LOCK.$$" 2>/dev/null || return 0
  REPLY=''
  { IFS= read -r REPLY <"$SET_LOCK.$$/owner"; } 2>/dev/null
  if [ "$REPLY" = "$owner" ]; then
    rm -rf "$SET_LOCK.$$"
  else
    mv "$SET_LOCK.$$" "$SET_LOCK"
  fi
}

# release_set: lets the next run have it.
release_set() {
  case $TAKEN in
    yes) rm -rf "$SET_LOCK" ;;
    next) [ -s "$SET_LOCK/owner" ] || rmdir "$SET_LOCK" 2>/dev/null ;;
  esac
  TAKEN=''
}
