# put TABLE KEY VALUE: what old bash has no tables for is kept in variables, each for all keys that differ in marks only.
# Neither has blanks.
put() {
  local slot=$1_${2//[!A-Za-z0-9]/_}
  printf -v "$slot" ' =%s %s%s' "$2" "$3" "${!slot:- }"
}

# get TABLE KEY: sets REPLY to the last value that was put there; returns 1 where there is none.
get() {
  local slot=$1_${2//[!A-Za-z0-9]/_}
  case ${!slot:-} in
    *" =$2 "*) ;;
    *) return 1 ;;
  esac
  REPLY=${!slot#*" =$2 "}
  REPLY=${REPLY%% *}
}

# is_in TABLE KEY: whether something was put there.
is_in() {
  local REPLY
  get "$@"
}
