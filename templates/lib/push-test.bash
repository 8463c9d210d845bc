# The tag of the image that is pushed to see whether that works.
TEST_TAG=compose-relay-test

# try_test HOST REPOSITORY: pushes a small image, and asks the registry for the digest of what has arrived.
try_test() {
  local name=$1/$2:$TEST_TAG status=0
  if ! make_test_image "$name"; then
    detail "$MSG_NO_TEST_IMAGE" "$ENGINE"
    return 1
  fi
  if push_test_image "$name"; then
    arrived "$name" || status=$?
  else
    classify "$(last_lines "$WORK/test")"
    DETAIL=$(last_line "$WORK/test")
    status=1
  fi
  within 60 "$ENGINE" rmi "$name" >"$WORK/test" 2>&1
  return "$status"
}

# make_test_image NAME: an image of nothing, or where the engine cannot make one, another name for one that is here.
make_test_image() {
  local image
  within 60 import_nothing "$1" >"$WORK/test" 2>&1 && return
  ask images --format '{{.Repository}}:{{.Tag}}' || return 1
  image=$(grep -v '<none>' "$SCRATCH" | head -n 1)
  [ -n "$image" ] && show "$ENGINE" tag "$image" "$1" >&2 && within 60 "$ENGINE" tag "$image" "$1"
}

# import_nothing NAME: becomes the engine that makes an image of an archive without files.
import_nothing() {
  exec "$ENGINE" import - "$1" < <(LC_ALL=C head -c 10240 /dev/zero)
}

# push_test_image NAME: Docker prints the digest of what it sends, Podman writes it.
push_test_image() {
  trust_flags
  [ "$ENGINE_KIND" != podman ] || TRUST+=(--digestfile "$WORK/sent")
  set -- push ${TRUST[@]+"${TRUST[@]}"} "$1"
  show "$ENGINE" "$@" >&2
  attempt "$ENGINE" "$@" >"$WORK/test" 2>&1
}

# arrived NAME: whether the registry has what was sent.
arrived() {
  printed_digest "$WORK/test"
  [ ! -s "$WORK/sent" ] || read -r DIGEST <"$WORK/sent"
  remote_digest "$1"
  case $?,$DIGEST in
    # Not every engine says what it sends.
    0,- | 0,"$REPLY") detail "$MSG_TEST_ARRIVED" "$1" "$REPLY" ;;
    2,*)
      detail "$MSG_TEST_UNPROVEN" "$1"
      return 2
      ;;
    *)
      describe digest
      detail "$MSG_DIFFERENT" "${REPLY:--}" "$DIGEST"
      return 1
      ;;
  esac
}
