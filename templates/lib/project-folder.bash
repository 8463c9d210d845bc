# find_project: Compose works where the project is, which is seen from this script unless --project names it.
find_project() {
  case $PROJECT_GIVEN$PROJECT_DIR in
    yes* | /*) ;;
    *)
      folder_of "$0"
      PROJECT_DIR=$REPLY$PROJECT_DIR
      ;;
  esac
  [ -d "$PROJECT_DIR" ] || die 2 "$MSG_NO_PROJECT" "$PROJECT_DIR"
}
