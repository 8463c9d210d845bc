# pinned_tag REFERENCE: sets REPLY to the tag that an image gets here which is pinned by a digest: its own, else one that
# names the digest, as at the target. Returns 1 for what is not pinned.
pinned_tag() {
  local digest=${1##*@}
  case $1 in
    *@*:*) ;;
    *) return 1 ;;
  esac
  REPLY=${1%@*}
  case ${REPLY##*/} in
    *:*) return ;;
  esac
  REPLY=$REPLY:${digest%%:*}-
  digest=${digest#*:}
  REPLY=$REPLY${digest:0:12}
}
