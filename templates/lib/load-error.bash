# What the engine said where it has not loaded the set, and the class of that; empty while nothing went wrong.
LOAD_ERROR=''
LOAD_CLASS=''

# error_of_load: the line that says it. Podman tries the archive as all that it could be, and that of Docker's is the one.
error_of_load() {
  if LC_ALL=C grep -e '^ [*] docker-archive: ' "$WORK/load.log" >"$WORK/archive.log"; then
    job_error archive
  else
    job_error load
  fi
}

# class_of_load: what a failed load is a sign of. There is no line to a registry here: what breaks off is the archive.
class_of_load() {
  classify "$(last_lines "$WORK/load.log")"
  LOAD_CLASS=$CLASS
  case $CLASS in
    disk-full | engine-gone) ;;
    *) within 20 "$ENGINE" ps -q >/dev/null 2>&1 || LOAD_CLASS=engine-gone ;;
  esac
  case $LOAD_CLASS in
    network | no-answer | server) LOAD_CLASS=archive ;;
  esac
}
