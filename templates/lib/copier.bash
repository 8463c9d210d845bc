# The program that copies from registry to registry: skopeo, crane or regctl; and the one that --with asks for.
COPIER=''
WITH=''

# take_with --with NAME: for take_flag.
take_with() {
  need_value "$@"
  case $2 in
    skopeo | crane | regctl) ;;
    *) die 2 "$MSG_COPIER_UNKNOWN" "$2" ;;
  esac
  WITH=$2
  AGAIN+=("$1" "$2")
  REPLY=2
}

# find_copier: sets COPIER to the program of --with, else to the first one that is installed.
find_copier() {
  local name
  for name in ${WITH:-skopeo crane regctl}; do
    if type -P "$name" >/dev/null; then
      COPIER=$name
      break
    fi
  done
}

# need_copier: goes on only with one that runs; none, not the one that was asked for and broken are three messages.
# There is more than one program by the name of crane.
need_copier() {
  case $COPIER,$WITH in
    ,) die 3 "$MSG_COPIER_NONE" ;;
    ,*) die 3 "$MSG_COPIER_MISSING" "$WITH" ;;
  esac
  learn_copier && return
  die 3 "$MSG_COPIER_BROKEN" "$COPIER" "$(last_line "$WORK/copier")"
}

# learn_copier: puts what the program says of copying into WORK, which tells the flags that it knows.
learn_copier() {
  local verb=copy
  [ "$COPIER" != regctl ] || verb='image copy'
  # shellcheck disable=SC2086 # these are words
  within 20 "$COPIER" $verb --help >"$WORK/copier" 2>&1
}

# copier_takes FLAG: whether it knows a flag for copying.
copier_takes() {
  LC_ALL=C grep -e "$1" "$WORK/copier" >/dev/null
}
