# What is written down of an image; - is unknown.
SOURCE_DIGEST=-
TARGET=-
TARGET_DIGEST=-

# read_lock: learns what is written down.
read_lock() {
  local source source_digest target target_digest platform
  [ -f "$LOCK" ] || return 0
  while IFS=$'\t' read -r source source_digest target target_digest platform; do
    case $source,$source_digest,$target,$target_digest,$platform in
      *[\ \|]*) ;;
      *) put LOCKED "$source,${platform%$'\r'}" "$source_digest|$target|$target_digest" ;;
    esac
  done <"$LOCK"
}

# lock_row SOURCE PLATFORM: sets SOURCE_DIGEST, TARGET and TARGET_DIGEST.
lock_row() {
  get LOCKED "$1,$2" || REPLY='-|-|-'
  # shellcheck disable=SC2034 # no script needs all of them
  SOURCE_DIGEST=${REPLY%%|*} TARGET_DIGEST=${REPLY##*|}
  REPLY=${REPLY#*|}
  # shellcheck disable=SC2034
  TARGET=${REPLY%%|*}
}
