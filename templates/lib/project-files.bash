# What hosts need of the project: what each path is, its name there, its place here, and the services that need it.
PATH_KINDS=()
PATHS=()
PLACES=()
PATH_SERVICES=()

# What may be replaced though hosts may have written it.
OVERWRITE=()

# The folder of the project here, links followed.
BASE=''

# needed KIND PATH [SERVICE...]: one line of the list below. Compose reads files of variables of services that rest, too.
needed() {
  only_active "${@:3}"
  case $1,$#,$REPLY in
    *,2, | env,* | optional-env,* | context,*) ;;
    *,) return 0 ;;
  esac
  add_path "$1" "$2" "$PROJECT_DIR/$2" "$REPLY"
}

# generated PLACE PATH: the same for a file that stands beside this script.
generated() {
  folder_of "$0"
  add_path generated "$2" "$REPLY$1" ''
}

# elsewhere KIND PATH SERVICE...: the same for what is no part of the project.
elsewhere() {
  only_active "${@:3}"
  [ -z "$REPLY" ] || add_path elsewhere "$2" '' "$REPLY"
}

add_path() {
  PATH_KINDS+=("$1")
  PATHS+=("$2")
  PLACES+=("$3")
  PATH_SERVICES+=("${4:--}")
}

# check_overwrite: each path that may be replaced must be one of the list.
check_overwrite() {
  local path known
  for path in ${OVERWRITE[@]+"${OVERWRITE[@]}"}; do
    for known in ${PATHS[@]+"${PATHS[@]}"}; do
      [ "$known" != "$path" ] || continue 2
    done
    die 2 "$MSG_DEPLOY_OVERWRITE_UNKNOWN" "$path"
  done
}

# list_files: writes down what is here, for hosts to compare: for each path a line, and one for each file, folder and
# link below it.
list_files() {
  local number status=0
  BASE=$(CDPATH='' cd -P -- "$PROJECT_DIR" 2>/dev/null && pwd -P) || die 3 "$MSG_DEPLOY_NO_PROJECT" "$PROJECT_DIR"
  : >"$WORK/listing"
  for number in ${PATHS[@]+"${!PATHS[@]}"}; do
    list_path "$number" >>"$WORK/listing" || status=1
  done
  [ "$status" -eq 0 ] || die 3 "$MSG_DEPLOY_NOTHING_COPIED"
}

# list_path NUMBER: prints the lines of one path.
list_path() {
  local kind=${PATH_KINDS[$1]} path=${PATHS[$1]} place=${PLACES[$1]} form=absent overwrite=-
  [ "$kind" = elsewhere ] || case $place in
    /*) ;;
    *) place=./$place ;;
  esac
  if [ "$kind" = elsewhere ] || [ "$kind" = context ]; then
    form=absent
  elif [ -d "$place" ]; then
    form=folder
  elif [ -f "$place" ]; then
    form='file'
  elif [ "$kind" = generated ]; then
    warn "$MSG_DEPLOY_NOT_BESIDE" "$place"
    return 1
  fi
  for known in ${OVERWRITE[@]+"${OVERWRITE[@]}"}; do
    [ "$known" != "$path" ] || overwrite=overwrite
  done
  printf 'item\t%s\t%s\t%s\t%s\t%s\n' "$kind" "$form" "$overwrite" "$path" "${PATH_SERVICES[$1]}"
  [ "$form" != absent ] || return 0
  if [ "$kind" != generated ] && ! stays_in "$place"; then
    warn "$MSG_DEPLOY_LEADS_OUT" "$path"
    return 1
  fi
  case $form in
    folder) list_folder "$path" "$place" ;;
    file) list_file "$kind" "$path" "$place" ;;
  esac
}

# list_file KIND PATH PLACE: prints the line of a file.
list_file() {
  local mode=644 sum
  if ! sum=$(cksum <"$3"); then
    warn "$MSG_DEPLOY_NOT_READ" "$3"
    return 1
  fi
  [ -z "$(find "$3" ! -perm -004)" ] || mode=600
  [ -z "$(find "$3" -perm -100)" ] || mode=$((mode + (mode == 644 ? 111 : 100)))
  case $1 in
    env | optional-env) mode=600 ;;
  esac
  printf 'f\t%s\t%s\t%s\t%s\t%s\n' "$mode" "${sum% *}" "${sum#* }" "$2" "$3"
}

# list_folder PATH PLACE: prints the lines of what is in a folder, but for what has a line of its own in the list.
list_folder() {
  local odd
  odd=$(cd -- "$2" && find . -name '*[[:cntrl:]]*' | head -n 1) || {
    warn "$MSG_DEPLOY_NOT_READ" "$2"
    return 1
  }
  if [ -n "$odd" ]; then
    warn "$MSG_DEPLOY_ODD_NAME" "$1"
    return 1
  fi
  (cd -- "$2" && list_tree) >"$WORK/tree" 2>"$SCRATCH" || {
    warn "$MSG_DEPLOY_NOT_READ" "$2: $(last_line "$SCRATCH")"
    return 1
  }
  place_tree "$1" "$2" <"$WORK/tree"
}

# list_tree: prints a line for all that is in this folder: what it is or its mode, its sum and size, and its path.
list_tree() {
  find . -type d | sed 's/^/d /' || return 1
  find . -type l | sed 's/^/l /' || return 1
  list_modes 755 -perm -100 -perm -004 && list_modes 700 -perm -100 ! -perm -004 &&
    list_modes 644 ! -perm -100 -perm -004 && list_modes 600 ! -perm -100 ! -perm -004
}

# list_modes MODE TEST...: prints the lines of the files that pass a test of find.
list_modes() {
  local mode=$1
  shift
  find . -type f "$@" -exec cksum {} + | LC_ALL=C sed "s/^/$mode /"
}

# place_tree PATH PLACE: makes lines of a listing of what list_tree has printed.
place_tree() {
  local line kind sum size name path
  while IFS= read -r line; do
    kind=${line%% *} name=${line#* } sum=- size=-
    case $kind in
      [0-9]*)
        sum=${name%% *} name=${name#* }
        size=${name%% *} name=${name#* }
        ;;
    esac
    [ "$name" != . ] || continue
    path=$1/${name#./}
    path=${path#./}
    ! has_own_line "$1" "$path" || continue
    case $kind in
      d) printf 'd\t-\t-\t-\t%s\t-\n' "$path" ;;
      l) printf 'l\t-\t-\t-\t%s\t%s\n' "$path" "$(readlink "$2/$name")" ;;
      *) printf 'f\t%s\t%s\t%s\t%s\t%s\n' "$kind" "$sum" "$size" "$path" "$2/$name" ;;
    esac
  done
}

# has_own_line FOLDER PATH: whether a path is, or is below, one of the list that is deeper than the folder.
has_own_line() {
  local known
  for known in ${PATHS[@]+"${PATHS[@]}"}; do
    case $known:$1/ in
      .:* | "$1:"* | "$known:$known"/*) continue ;;
    esac
    case $2/ in
      "$known"/*) return 0 ;;
    esac
  done
  return 1
}

# stays_in PATH: whether it is in truth in the folder of the project: a link that leads out of it is not followed.
stays_in() {
  local path=$1 folder target steps=0
  while [ ! -d "$path" ] && [ -L "$path" ] && [ "$steps" -lt 40 ]; do
    target=$(readlink "$path")
    steps=$((steps + 1))
    case $target in
      /*) path=$target ;;
      *) path=${path%/*}/$target ;;
    esac
  done
  folder=$path
  [ -d "$path" ] || folder=${path%/*}/.
  folder=$(CDPATH='' cd -P -- "$folder" 2>/dev/null && pwd -P) || return 1
  case $folder/ in
    "${BASE%/}"/*) return 0 ;;
  esac
  return 1
}
