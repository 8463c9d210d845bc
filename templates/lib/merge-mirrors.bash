# merge_mirrors FILE [ADDRESS...]: prints a daemon.json with exactly these mirrors, byte for byte the same besides. Where
# the file is not JSON it prints line, column and why, and returns 1; what is not there counts as empty.
merge_mirrors() {
  local file=$1
  shift
  daemon_json "$file" "urls=$*"
}

# list_mirrors FILE: prints the mirrors that it has, one a line.
list_mirrors() {
  daemon_json "$1" list=1
}

# daemon_json FILE ASSIGNMENT: the awk program does not see whether a last line ends, so one more byte goes behind it.
daemon_json() {
  {
    [ ! -e "$1" ] || cat "$1"
    printf x
  } | LC_ALL=C awk -v "$2" "$DAEMON_JSON"
}
