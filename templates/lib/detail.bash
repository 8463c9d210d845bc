# detail FORMAT [ARG...]: puts a sentence into DETAIL.
detail() {
  # shellcheck disable=SC2059 # the formats are the MSG_ constants of this script
  printf -v DETAIL -- "$@"
}
