# What each image of the run is by the set's manifest; empty where the set does not have it. And yes for those that had
# all their names when the run began.
CONTENTS=()
COMPLETE=()

# The names of the set under which something else was here, and the id of each.
TAKEN=()
TAKEN_IDS=()

# yes while what read_ids has learnt is still so: what it does not list need not be asked for.
LISTED=''

# match_set: finds the images of the run in the set, and says which are not there, and what else is.
match_set() {
  local number target
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    target=${TARGETS[$number]}
    CONTENTS[number]=''
    if get ROW "$target" && [ "${REPLY#"${SOURCES[$number]}|${PLATFORMS[$number]}|"}" != "$REPLY" ]; then
      REPLY=${REPLY#*|*|}
      CONTENTS[number]=${REPLY%%|*}
    else
      say_lack "$number" >&2
    fi
  done
  for target in ${HELD[@]+"${HELD[@]}"}; do
    is_in PLANNED "$target" || say "$MSG_SET_MORE" "$target"
  done
}

# say_lack NUMBER: says which image the set lacks. Under its name it may have that of another platform.
say_lack() {
  local source platform
  if get ROW "${TARGETS[$1]}"; then
    IFS='|' read -r source platform _ <<<"$REPLY"
    say "$MSG_SET_HAS_OTHER" "${SOURCES[$1]}" "${PLATFORMS[$1]}" "$source" "$platform" "${TARGETS[$1]}"
  else
    say "$MSG_NOT_IN_SET" "${SOURCES[$1]}" "${PLATFORMS[$1]}" "${TARGETS[$1]}"
  fi
}

# survey_set: learns which images of the run have all their names already; returns 1 where the archive is needed.
survey_set() {
  local number status=0
  read_ids
  LISTED=yes
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    [ -n "${CONTENTS[$number]}" ] || continue
    want_names "$number"
    if has_names "$number"; then
      COMPLETE[number]=yes
    else
      find_copy "$number" || status=1
    fi
  done
  LISTED=''
  return "$status"
}

# survey_names: notes under which names of the set something else is here, which loading takes those names from.
survey_names() {
  local target platform content
  for target in ${HELD[@]+"${HELD[@]}"}; do
    id_of "$target" || continue
    get ROW "$target"
    IFS='|' read -r _ platform content _ <<<"$REPLY"
    ! holds "$target" "$platform" "$content" || continue
    id_of "$target"
    TAKEN+=("$target")
    TAKEN_IDS+=("$REPLY")
  done
}

# say_strangers: the names that the archive has brought besides those of the manifest. Docker and Podman print them.
say_strangers() {
  local line
  while IFS= read -r line; do
    case $line in
      'Loaded image: '*[!A-Za-z0-9._:/@-]*) ;;
      'Loaded image: '*) say_stranger "${line#Loaded image: }" ;;
    esac
  done <"$WORK/load.log"
}

# say_stranger NAME: one of them, unless it is one of the manifest.
say_stranger() {
  ! is_in ROW "$1" || return 0
  warn "$MSG_LOAD_STRANGER" "$1"
  id_of "$1" || return 0
  TAKEN+=("$1")
  TAKEN_IDS+=("$REPLY")
}

# say_moved: the names that now stand for another image than before.
say_moved() {
  local place
  for place in ${TAKEN[@]+"${!TAKEN[@]}"}; do
    say_move "${TAKEN[$place]}" "${TAKEN_IDS[$place]}"
  done
}

# say_move NAME ID: says for which image the name stands now, if it is another one.
say_move() {
  local id
  ask image inspect --format '{{.Id}}' "$1" || return 0
  read -r id <"$SCRATCH"
  id=${id#sha256:}
  [ "$id" = "$2" ] || say "$CLEAR$MSG_LOAD_MOVES" "$1" "${2:0:12}" "${id:0:12}"
}

# holds NAME PLATFORM CONTENT: whether the image that is here under that name is that one.
holds() {
  [ -z "$LISTED" ] || id_of "$1" || return 1
  content_of "$1" "$2" && [ "$REPLY" = "$3" ]
}

# has_names NUMBER: whether the image is here under all of WANTED_NAMES.
has_names() {
  local name
  for name in ${WANTED_NAMES[@]+"${WANTED_NAMES[@]}"}; do
    holds "$name" "${PLATFORMS[$1]}" "${CONTENTS[$1]}" || return 1
  done
}

# find_copy NUMBER: sets REPLY to a name under which the image is here, be it wanted or not.
find_copy() {
  local kind name
  for kind in target source localhost; do
    name_as "$kind" "$1" || continue
    name=$REPLY
    holds "$name" "${PLATFORMS[$1]}" "${CONTENTS[$1]}" && REPLY=$name && return
  done
  return 1
}
