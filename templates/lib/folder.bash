# folder_of PATH: sets REPLY to its folder with a slash. A program to ask would take the signal of that moment for its
# own, and the script would go on.
folder_of() {
  case $1 in
    */*) REPLY=${1%/*}/ ;;
    *) REPLY=./ ;;
  esac
}
