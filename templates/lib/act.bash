# act COMMAND...: shows the command and runs it; with --dry-run only shows it. For jobs of the pool, which are told
# that the live line is gone.
act() {
  if [ "$MODE" = dry-run ]; then
    show "$@"
    return
  fi
  tell show "$@"
  attempt "$@"
}
