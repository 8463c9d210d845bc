# What is written down of an image; - is unknown.
SOURCE_DIGEST=-
TARGET=-
TARGET_DIGEST=-

# lock_row SOURCE PLATFORM: sets SOURCE_DIGEST, TARGET and TARGET_DIGEST.
lock_row() {
  local source source_digest target target_digest platform
  SOURCE_DIGEST=- TARGET=- TARGET_DIGEST=-
  [ -f "$LOCK" ] || return 0
  while IFS=$'\t' read -r source source_digest target target_digest platform; do
    if [ "$source" = "$1" ] && [ "${platform%$'\r'}" = "$2" ]; then
      # shellcheck disable=SC2034 # no script needs all of them
      SOURCE_DIGEST=$source_digest TARGET=$target TARGET_DIGEST=$target_digest
    fi
  done <"$LOCK"
}
