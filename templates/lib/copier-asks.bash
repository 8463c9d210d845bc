# copier_manifest NAME: has the program put the manifest of an image into SCRATCH.body, and what it complains of into
# SCRATCH.error.
copier_manifest() {
  case $COPIER in
    skopeo) skopeo_asks "$1" --raw ;;
    crane) crane_asks manifest "$1" ;;
    regctl) regctl_asks "$1" manifest get --format raw-body ;;
  esac
}

# copier_config NAME: the same for its configuration.
copier_config() {
  case $COPIER in
    skopeo) skopeo_asks "$1" --config --raw ;;
    crane) crane_asks config "$1" ;;
    regctl) regctl_asks "$1" image inspect --format raw-body ;;
  esac
}

# skopeo_asks NAME FLAG...
skopeo_asks() {
  local flags
  flags=("${@:2}")
  ! takes_anything "${1%%/*}" || flags+=(--tls-verify=false)
  [ -z "$DEST_LOGIN" ] || [ "${1%%/*}" != "${REGISTRY%%/*}" ] || flags+=(--authfile "$DEST_LOGIN")
  copier_answers skopeo inspect ${flags[@]+"${flags[@]}"} "docker://$1"
}

# crane_asks VERB NAME
crane_asks() {
  crane_trust "${2%%/*}"
  copier_answers crane "$1" ${TRUST[@]+"${TRUST[@]}"} "$2"
}

# regctl_asks NAME WORD...
regctl_asks() {
  regctl_trust "${1%%/*}"
  copier_answers regctl "${@:2}" ${TRUST[@]+"${TRUST[@]}"} "$1"
}

# copier_answers COMMAND...: runs it, and leaves its answer where that of a registry would be.
copier_answers() {
  : >"$SCRATCH.head"
  within 60 "$@" >"$SCRATCH.body" 2>"$SCRATCH.error"
}

# copier_digest NAME: sets REPLY to the digest that this has at its registry; returns 1 when there is no such image, 2
# when that is not known.
copier_digest() {
  local CLASS PASSES CAUSE CURE
  if ! copier_manifest "$1"; then
    classify "$(last_lines "$SCRATCH.error")"
    case $CLASS in
      not-found | no-namespace) return 1 ;;
      *) return 2 ;;
    esac
  fi
  digest_of "$SCRATCH.body" || copier_sum "$1" || return 2
}

# copier_sum NAME: the same where no program here makes sums; SCRATCH.body is the manifest.
copier_sum() {
  case $COPIER in
    skopeo) set -- skopeo manifest-digest "$SCRATCH.body" ;;
    crane)
      crane_trust "${1%%/*}"
      set -- crane digest ${TRUST[@]+"${TRUST[@]}"} "$1"
      ;;
    regctl)
      regctl_trust "${1%%/*}"
      set -- regctl manifest head ${TRUST[@]+"${TRUST[@]}"} "$1"
      ;;
  esac
  within 60 "$@" >"$SCRATCH" 2>"$SCRATCH.error" && read -r REPLY <"$SCRATCH" && is_digest "$REPLY"
}
