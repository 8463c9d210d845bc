# compose ARG...: runs Compose on the project, with what it says to be seen at once.
compose() {
  compose_line "$@"
  show ${LINE[@]+"${LINE[@]}"}
  [ "$MODE" = dry-run ] || attempt in_project ${LINE[@]+"${LINE[@]}"}
}
