# How many rows of the table were good, bad and unknown.
GOOD=0
BAD=0
OPEN=0

# good KIND SUBJECT [DETAIL]: a row of the table for what was found to be right.
good() {
  GOOD=$((GOOD + 1))
  row ✅ "$@"
}

# bad KIND SUBJECT DETAIL: one for what is wrong.
bad() {
  BAD=$((BAD + 1))
  row ❌ "$@"
}

# open KIND SUBJECT DETAIL: one for what could not be found out.
open() {
  OPEN=$((OPEN + 1))
  row ❓ "$@"
}

# row MARK KIND SUBJECT [DETAIL]
row() {
  local subject=${3//[[:cntrl:]]/?}
  printf '  %s %-10s %s%s\n' "$1" "$2" "$subject" "${4:+: $4}"
}

# bad_as TEXT KIND SUBJECT DETAIL: the same for an error of an engine or a registry, with what it is a sign of and what
# helps.
bad_as() {
  bad "${@:2}"
  classify "$1"
  explain
}

# explain: the class at hand.
explain() {
  [ -n "$CAUSE" ] || return 0
  say "$MSG_CAUSE" "$CLASS" "$CAUSE"
  say "$MSG_CURE" "$CURE"
}
