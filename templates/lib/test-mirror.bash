# The files of the mirror, and whether all of them are here.
MIRROR=()
WHOLE=yes

# The folder of the mirror, absolute.
MIRROR_DIR=''

# mirror FILE: one of the files of the mirror, beside this script or in the project: it is there, and it is YAML.
mirror() {
  MIRROR+=("$1")
  if [ ! -f "$MIRROR_DIR/$1" ]; then
    WHOLE=''
    bad file "$1" "$MSG_ROW_NO_FILE"
    return
  fi
  test_yaml "$1" "$MIRROR_DIR/$1"
}

# find_mirror: it stands beside this script; on a server the one in the project counts where there is none.
find_mirror() {
  local first=${MIRROR_FILES[0]}
  folder_of "$0"
  MIRROR_DIR=$(CDPATH='' cd -- "$REPLY" && pwd)${MIRROR_FOLDER:+/$MIRROR_FOLDER}
  [ -n "$MIRROR_FOLDER" ] || [ -f "$MIRROR_DIR/$first" ] || MIRROR_DIR=$(CDPATH='' cd -- "$PROJECT_DIR" && pwd)
}

# test_mirror: whether Compose takes the mirror for the project. Files that name each other are read where they belong:
# in the place of the project's own.
test_mirror() {
  local file words PROJECT_DIR=$PROJECT_DIR place=$MIRROR_DIR
  if [ -z "$WHOLE" ]; then
    open mirror "$PROJECT" "$MSG_ROW_NOT_WHOLE"
    return
  fi
  if [ -n "$MIRROR_FOLDER" ]; then
    overlay
    PROJECT_DIR=$WORK/overlay/$MIRROR_PROJECT place=$WORK/overlay
  fi
  words=(${COMPOSE[@]+"${COMPOSE[@]}"} --project-directory . ${MIRROR_FLAGS[@]+"${MIRROR_FLAGS[@]}"})
  for file in ${MIRROR_FILES[@]+"${MIRROR_FILES[@]}"}; do words+=(-f "$place/$file"); done
  test_config mirror "$PROJECT" in_project ${words[@]+"${words[@]}"} config
}

# overlay: the project by links, with the files of the mirror in it.
overlay() {
  local file root
  root=$(CDPATH='' cd -- "$PROJECT_DIR/$MIRROR_ROOT" && pwd) || return
  link_entries "$root" "$WORK/overlay"
  for file in ${MIRROR[@]+"${MIRROR[@]}"}; do
    unfold "$root" "$file"
    ln -sf "$MIRROR_DIR/$file" "$WORK/overlay/$file"
  done
}

# unfold ROOT FILE: makes folders of the links that lead to the file.
unfold() {
  local folder='' rest=$2
  while [ "$rest" != "${rest#*/}" ]; do
    folder=$folder/${rest%%/*}
    rest=${rest#*/}
    [ -L "$WORK/overlay$folder" ] || continue
    rm -f "$WORK/overlay$folder"
    link_entries "$1$folder" "$WORK/overlay$folder"
  done
}

# link_entries FROM TO: a folder with a link to everything that the other one has.
link_entries() {
  local entry
  mkdir "$2"
  for entry in "$1"/* "$1"/.[!.]*; do
    [ ! -e "$entry" ] || ln -s "$entry" "$2/"
  done
}
