# What the failure at hand is: its class, whether it may pass (no, yes, slowly), its cause and its cure.
CLASS=''
PASSES=''
CAUSE=''
CURE=''

# What is looked for in the table: a text, or a class by its name.
TEXT=''
WANTED=''

# last_lines FILE: its last three lines as one. Engines say what went wrong at the end, some in several lines.
last_lines() {
  unwrap "$1" | LC_ALL=C sed -e '/[^[:space:]]/!d' | tail -n 3 | LC_ALL=C tr '\n' ' ' | LC_ALL=C tr -d '\000-\037\177'
}

# classify TEXT: finds the class of an engine's error.
classify() {
  TEXT=${1% } WANTED='' CLASS=''
  failures
}

# describe CLASS: finds what is known of a class.
describe() {
  TEXT='' WANTED=$1 CLASS=''
  failures
}

# failure CLASS PASSES CAUSE CURE PATTERN...: one line of the table.
failure() {
  local pattern
  [ -z "$CLASS" ] || return 0
  if [ -n "$WANTED" ]; then
    [ "$1" != "$WANTED" ] || CLASS=$1 PASSES=$2 CAUSE=$3 CURE=$4
    return
  fi
  for pattern in "${@:5}"; do
    # shellcheck disable=SC2034,SC2254 # not every script tries again; a glob is what it is
    case $TEXT in $pattern) CLASS=$1 PASSES=$2 CAUSE=$3 CURE=$4 ;; esac
  done
}
