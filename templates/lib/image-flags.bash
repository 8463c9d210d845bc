# What to do: run, list or dry-run.
MODE=run

# take_mode FLAG [VALUE]: the flags of every script that works on images, for take_flag.
take_mode() {
  REPLY=1
  case $1 in
    --list) MODE=list ;;
    --dry-run) MODE=dry-run ;;
    --only)
      need_value "$@"
      add_only "$2"
      REPLY=2
      ;;
  esac
}
