# act COMMAND...: shows the command and runs it; with --dry-run only shows it. For jobs of the pool.
act() {
  if [ "$MODE" = dry-run ]; then
    show "$@"
  else
    show "$@" >&8
    attempt "$@"
  fi
}
