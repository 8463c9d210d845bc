# say FORMAT [ARG...]: prints one line for people.
say() {
  local format=$1
  shift
  # shellcheck disable=SC2059 # the formats are the MSG_ constants of this script
  printf -- "$format\n" "$@"
}

# warn FORMAT [ARG...]: says it on stderr.
warn() {
  say "$@" >&2
}

# die STATUS FORMAT [ARG...]: says on stderr why the script ends.
die() {
  local status=$1
  shift
  warn "$@"
  exit "$status"
}
