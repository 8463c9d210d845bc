# Erases the live line before anything else is printed; empty where there is none.
CLEAR=''

# shell_words WORD...: sets REPLY to the words as one could type them.
shell_words() {
  local words
  printf -v words ' %q' "$@"
  REPLY=${words# }
}

# show COMMAND...: prints the exact command that is about to run.
show() {
  shell_words "$@"
  printf '%s+ %s\n' "$CLEAR" "$REPLY"
}
