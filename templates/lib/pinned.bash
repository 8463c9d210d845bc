# The name by which find_here has found an image.
HERE=''

# find_here REFERENCE PLATFORM: like is_here, and sets HERE. Only its own registry gives an image the name that it is
# pinned by; its tag will do where that is the digest, too.
find_here() {
  local found
  HERE=$1
  is_here "$1" "$2" && return
  found=$REPLY
  if pinned_tag "$1" && has_digest "$REPLY" "${1##*@}"; then
    HERE=$REPLY
    is_here "$HERE" "$2" && return
  fi
  REPLY=$found
  return 1
}

# has_digest NAME DIGEST: whether a local image is known by that digest, under any name.
has_digest() {
  ask_digests "$1" && LC_ALL=C grep -e "@$2\$" "$SCRATCH" >/dev/null
}

# ask_digests NAME: puts the digests by which the engine knows an image into SCRATCH, each behind a name.
ask_digests() {
  ask image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1"
}

# same_image NAME NAME: whether both are one image in the local engine.
same_image() {
  local first second
  ask image inspect --format '{{.Id}}' "$1" "$2" || return 1
  {
    read -r first
    read -r second
  } <"$SCRATCH"
  [ -n "$first" ] && [ "$first" = "${second:-}" ]
}
