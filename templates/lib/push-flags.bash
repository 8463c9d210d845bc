# Whether the engine can push one platform of an image that has several here, and write down what it has sent.
PUSHES_PLATFORMS=''
TELLS_DIGESTS=''

# learn_push: finds out what the engine can do.
learn_push() {
  ! engine_takes push --platform || PUSHES_PLATFORMS=yes
  ! engine_takes push --digestfile || TELLS_DIGESTS=yes
}

# push_flags NUMBER: sets FLAGS to what to push an image with. Docker prints the digest, Podman can only write it.
push_flags() {
  trust_flags
  FLAGS=(${TRUST[@]+"${TRUST[@]}"})
  [ -z "$PUSHES_PLATFORMS" ] || FLAGS+=(--platform "${PLATFORMS[$1]}")
  [ -z "$TELLS_DIGESTS" ] || [ "$MODE" = dry-run ] || FLAGS+=(--digestfile "$WORK/$1.sent")
}
