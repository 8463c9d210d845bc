# remote_of ORIGINAL: sets REPLY to the name that push gives it at HARBOR.
remote_of() {
  if ! get NAME_OF "$1"; then
    qualify "$1"
    REPLY=${REPLY#*/}
    REPLY=${REPLY#library/}
    [ "$NAMING" = path ] || REPLY=${REPLY//\//-}
  fi
  REPLY=${HARBOR:+$HARBOR/$REPLY}
}
