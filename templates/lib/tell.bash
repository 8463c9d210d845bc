# tell COMMAND...: lets a job print by the command, and the live line return.
tell() {
  "$@" >&8
  printf '\n' >&9
}

# fail_as NUMBER CLASS: notes why a job failed, and returns that it did.
fail_as() {
  printf '%s\n' "$2" >"$WORK/$1.class"
  return 1
}
