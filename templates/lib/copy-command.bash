# The command that copies an image.
COPY=()

# The file with the login that skopeo takes for the target; empty where its own store counts.
DEST_LOGIN=''

# copy_command NUMBER SOURCE: sets COPY to what copies that to the target of an image. Its own tries again are one too
# many where that can be said, and its digest has to stay.
copy_command() {
  case $COPIER in
    skopeo) skopeo_command "$1" "$2" ;;
    crane) crane_command "$1" "$2" ;;
    regctl) regctl_command "$1" "$2" ;;
  esac
}

skopeo_command() {
  COPY=(skopeo)
  [ -n "$ALL" ] || skopeo_platform "${PLATFORMS[$1]}"
  COPY+=(copy)
  ! copier_takes --retry-times || COPY+=(--retry-times 0)
  ! copier_takes --preserve-digests || COPY+=(--preserve-digests)
  [ -z "$ALL" ] || COPY+=(--all)
  ! takes_anything "${2%%/*}" || COPY+=(--src-tls-verify=false)
  ! takes_anything "${REGISTRY%%/*}" || COPY+=(--dest-tls-verify=false)
  [ -z "$DEST_LOGIN" ] || COPY+=(--dest-authfile "$DEST_LOGIN")
  # An image of the target's own registry.
  [ -z "$DEST_LOGIN" ] || [ "${2%%/*}" != "${REGISTRY%%/*}" ] || COPY+=(--src-authfile "$DEST_LOGIN")
  COPY+=("docker://$2" "docker://${TARGETS[$1]}")
}

# skopeo_platform OS/ARCHITECTURE[/VARIANT]: adds to COPY how skopeo is told of it, before its verb.
skopeo_platform() {
  local rest=${1#*/}
  COPY+=(--override-os "${1%%/*}" --override-arch "${rest%%/*}")
  case $rest in
    */*) COPY+=(--override-variant "${rest#*/}") ;;
  esac
}

crane_command() {
  COPY=(crane copy)
  [ -n "$ALL" ] || COPY+=(--platform "${PLATFORMS[$1]}")
  crane_trust "${2%%/*}" "${REGISTRY%%/*}"
  COPY+=(${TRUST[@]+"${TRUST[@]}"} "$2" "${TARGETS[$1]}")
}

regctl_command() {
  COPY=(regctl image copy)
  [ -n "$ALL" ] || COPY+=(--platform "${PLATFORMS[$1]}")
  regctl_trust "${2%%/*}" "${REGISTRY%%/*}"
  COPY+=(${TRUST[@]+"${TRUST[@]}"} "$2" "${TARGETS[$1]}")
}
