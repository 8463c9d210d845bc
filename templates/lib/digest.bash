# The digest that an engine has printed.
DIGEST=-

# printed_digest FILE: sets DIGEST to that of the last line such as `Digest: sha256:…` or `1.27: digest: sha256:…`; -
# where there is none.
printed_digest() {
  local line
  DIGEST=-
  while read -r line; do
    case $line in
      *igest:\ sha256:*) DIGEST=${line##*igest: } ;;
    esac
  done <"$1"
  DIGEST=${DIGEST%% *}
  is_digest "$DIGEST" || DIGEST=-
}
