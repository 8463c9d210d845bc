# The base images of the Dockerfiles that were read, as Docker shows them and with a tag, each once.
BASES=()

# Where the scan is, and 1 once it came to something that it could not read.
SCAN_FILE=''
SCAN_LINE=0
SCAN_STATUS=0

# scan_dockerfiles FOLDER: adds the base images of the Dockerfiles below it to BASES. It reports what it cannot read,
# with file and line, and goes on with what it can; returns 1 then. It runs nothing of what it reads.
scan_dockerfiles() {
  local path folder=./$1
  [ "${1:0:1}" != / ] || folder=$1
  if [ -z "$1" ] || [ ! -r "$folder/." ]; then
    die 2 "$MSG_SCAN_FOLDER" "$1"
  fi
  SCAN_STATUS=0
  while IFS= read -r -d '' path; do
    scan_file "$path" "${1%/}/${path#"$folder/./"}"
  done < <(find_dockerfiles "$folder/.")
  # bash 3.2 leaves the locale of scan_file on.
  LC_ALL=${LC_ALL-}
  return "$SCAN_STATUS"
}

# find_dockerfiles FOLDER: prints the paths of the Dockerfiles below it, sorted, each with a NUL behind it. Templates
# and copies are none.
find_dockerfiles() {
  set -- "$1" -type d '(' -name .git -o -name .hg -o -name .svn -o -name .venv -o -name node_modules ')' -prune -o -type f
  set -- "$@" '(' -iname dockerfile -o -iname 'dockerfile.*' -o -iname $'*[!\n].dockerfile'
  set -- "$@" -o -iname containerfile -o -iname 'containerfile.*' -o -iname $'*[!\n].containerfile' ')'
  local ending
  for ending in dockerignore template tmpl tpl j2 jinja jinja2 hbs erb in orig rej bak swp md txt; do
    set -- "$@" ! -iname "*.$ending"
  done
  LC_ALL=C find "$@" -print0 | LC_ALL=C sort -z
}

# scan_file PATH NAME: reads one Dockerfile, byte by byte. Messages call it NAME.
scan_file() {
  local LC_ALL=C
  SCAN_FILE=$2 SCAN_LINE=1
  if [ ! -r "$1" ]; then
    scan_fault "$MSG_SCAN_UNREADABLE"
  elif IFS= read -r -d '' <"$1"; then
    scan_fault "$MSG_SCAN_BINARY"
  else
    begin_stages
    read_directives "$1"
    read_statements <"$1"
    end_stages
  fi
}

# scan_fault FORMAT [ARG...]: reports what cannot be read at this line.
scan_fault() {
  SCAN_STATUS=1
  scan_note "$@"
}

# scan_note FORMAT [ARG...]: says on stderr what is to be known about this line, printable and not at length.
scan_note() {
  local format=$1 word
  shift
  for word in "$@"; do
    shift
    [ "${#word}" -le 200 ] || word=${word:0:200}...
    set -- "$@" "${word//[[:cntrl:]]/?}"
  done
  warn "[WARNING]  ✗ %s:%s: $format" "${SCAN_FILE//[[:cntrl:]]/?}" "$SCAN_LINE" "$@"
}
