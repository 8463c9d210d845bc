# source_file FILE: a compose file of the project: it is there, and it is YAML.
source_file() {
  if can_read file "$1"; then
    test_yaml "$1" "$1"
  fi
}

# need KIND PATH: something else that the project needs on the disk.
need() {
  local path=$1
  at "$2"
  path=$REPLY
  case $1 in
    context)
      if [ -d "$path" ]; then
        good "$1" "$2"
      else
        bad "$1" "$2" "$MSG_ROW_NO_FOLDER"
      fi
      ;;
    mount)
      if [ -e "$path" ]; then
        good "$1" "$2"
      else
        bad "$1" "$2" "$MSG_ROW_NO_MOUNT"
      fi
      ;;
    *) can_read "$1" "$2" && good "$1" "$2" ;;
  esac
}

# can_read KIND PATH: whether it is a file that can be read; else a row says what is wrong.
can_read() {
  at "$2"
  if [ ! -f "$REPLY" ]; then
    bad "$1" "$2" "$MSG_ROW_NO_FILE"
    return 1
  elif [ ! -r "$REPLY" ]; then
    bad "$1" "$2" "$MSG_ROW_UNREADABLE"
    return 1
  fi
}

# at PATH: sets REPLY to where it is from here.
at() {
  case $1 in
    /*) REPLY=$1 ;;
    *) REPLY=$PROJECT_DIR/$1 ;;
  esac
}

# test_yaml SUBJECT FILE: whether a compose file, as it is called from the project, is YAML. Compose reads it alone:
# what else it misses then is no matter.
test_yaml() {
  local file=$2
  case $file in
    /*) ;;
    *) file=./$file ;;
  esac
  attempt in_project ${COMPOSE[@]+"${COMPOSE[@]}"} -p "$PROJECT" -f "$file" config >/dev/null 2>"$SCRATCH"
  case $?,$(cat "$SCRATCH") in
    0,*) good yaml "$1" ;;
    *'yaml: '* | *yaml.*Error*) bad yaml "$1" "$(last_lines "$SCRATCH")" ;;
    *) good yaml "$1" ;;
  esac
}

# test_config KIND SUBJECT COMMAND...: what Compose says of all of a project.
test_config() {
  if attempt "${@:3}" >/dev/null 2>"$SCRATCH"; then
    good "$1" "$2"
  else
    bad_as "$(last_lines "$SCRATCH")" "$1" "$2" "$(last_lines "$SCRATCH")"
  fi
}
