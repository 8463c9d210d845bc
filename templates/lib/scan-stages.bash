# The number of the file and of the stage at hand, the stages that are built on each, and what may be images, each as
# LINE STAGE KIND NAME.
SCAN_COUNT=0
STAGE=-1
CHILDREN=()
USES=()

# begin_stages: begins a file.
begin_stages() {
  SCAN_COUNT=$((SCAN_COUNT + 1))
  STAGE=-1 CHILDREN=() USES=()
  begin_arguments
}

# read_statement: reads STATEMENT.
read_statement() {
  read_instruction "$STATEMENT" "$ESCAPE"
  case $KEYWORD in
    from) read_from ;;
    arg) [ "$STAGE" -ge 0 ] || read_arguments ;;
    add | copy | run | onbuild) read_command ;;
    cmd | entrypoint | env | expose | healthcheck | label | maintainer) ;;
    shell | stopsignal | user | volume | workdir) ;;
    *) scan_fault "$MSG_SCAN_INSTRUCTION" "$KEYWORD" && return ;;
  esac
  [ "$STAGE" -ge 0 ] || [ "$KEYWORD" = arg ] || scan_fault "$MSG_SCAN_EARLY" "$KEYWORD"
}

# read_command: ADD, COPY, RUN, and what stands behind ONBUILD, where `\` escapes.
read_command() {
  local trigger prefix=''
  if [ "$KEYWORD" = onbuild ]; then
    trigger=$REST prefix=later-
    read_instruction "$trigger" "$ESCAPE"
  fi
  case $KEYWORD in
    add | copy | run) skip_heredocs ;;
  esac
  [ -z "$prefix" ] || read_instruction "$trigger" \\
  read_sources "$prefix"
}

# read_sources PREFIX: what the instruction at hand copies and mounts.
read_sources() {
  local flag
  case $1$KEYWORD in
    *copy) ! flag_value from || add_use "$1copy" "$REPLY" ;;
    later-onbuild | later-from | later-maintainer) scan_fault "$MSG_SCAN_SYNTAX" "ONBUILD $KEYWORD" ;;
  esac
  for flag in ${FLAGS[@]+"${FLAGS[@]}"}; do
    case $KEYWORD$flag in
      add--from | add--from=*) scan_fault "$MSG_SCAN_SYNTAX" "$flag" ;;
      run--mount=*)
        mount_source "${flag#--mount=}"
        add_use "$1mount" "$REPLY"
        ;;
    esac
  done
}

# add_use KIND NAME: takes down what may be an image. What it is shows at the end of the file.
add_use() {
  [ -z "$2" ] || [ "$STAGE" -lt 0 ] || USES+=("$SCAN_LINE $STAGE $1 $2")
}
