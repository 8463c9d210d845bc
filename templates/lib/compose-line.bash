# compose_line ARG...: sets LINE to the words that run Compose on the project.
compose_line() {
  LINE=(${COMPOSE[@]+"${COMPOSE[@]}"} ${COMPOSE_FLAGS[@]+"${COMPOSE_FLAGS[@]}"} "$@")
}

# in_project COMMAND...: becomes the command, where the project is.
in_project() {
  CDPATH='' cd -- "$PROJECT_DIR" && exec "$@"
}
