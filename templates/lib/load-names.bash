# Which names the images are to have here: target, source or localhost, each once.
AS=()

# take_as --as KIND: for take_flag.
take_as() {
  need_value "$@"
  case $2 in
    source | target | localhost) ;;
    *) die 2 "$MSG_BAD_CHOICE" "$1" "$2" ;;
  esac
  is_asked "$2" || AS+=("$2")
  AGAIN+=("$1" "$2")
  REPLY=2
}

# The names that the image at hand is to have here.
WANTED_NAMES=()

# want_names NUMBER: sets WANTED_NAMES. What has no name under localhost/ keeps the target's.
want_names() {
  local kind
  WANTED_NAMES=()
  for kind in ${AS[@]+"${AS[@]}"}; do
    name_as "$kind" "$1" || REPLY=${TARGETS[$1]}
    is_wanted "$REPLY" || WANTED_NAMES+=("$REPLY")
  done
}

# name_as KIND NUMBER: sets REPLY to the name of an image of that kind; returns 1 where it has none. Only a registry
# gives an image the digest that it is pinned by.
name_as() {
  local source=${SOURCES[$2]}
  ! pinned_tag "$source" || source=$REPLY
  case $1 in
    target) REPLY=${TARGETS[$2]} ;;
    source) engine_name "$source" ;;
    localhost) local_of "${source#localhost/}" ;;
  esac
  [ -n "$REPLY" ]
}

# is_wanted NAME: whether it is one of WANTED_NAMES.
is_wanted() {
  local name
  for name in ${WANTED_NAMES[@]+"${WANTED_NAMES[@]}"}; do
    [ "$name" != "$1" ] || return 0
  done
  return 1
}

# is_asked KIND: whether --as names it.
is_asked() {
  local kind
  for kind in ${AS[@]+"${AS[@]}"}; do
    [ "$kind" != "$1" ] || return 0
  done
  return 1
}

# say_names: what comes of digests, before anything is loaded, and which images have no name under localhost/.
say_names() {
  local number source target
  [ -z "$PINNED" ] || warn "$MSG_LOAD_PINNED"
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    source=${SOURCES[$number]} target=${TARGETS[$number]}
    if pinned_tag "$source" && { is_asked source || is_asked localhost; }; then
      warn "$MSG_PIN_LOST" "$source" "$REPLY"
    fi
    if is_asked localhost && ! name_as localhost "$number"; then
      warn "$MSG_NO_LOCALHOST" "$source" "$target"
    fi
  done
}
