# client_gets_in HOST: whether the program has a way to the registry that this script has not, such as a certificate of
# its own store: it is told of an image there, or that there is none.
client_gets_in() {
  [ -z "$HALF_LOGIN" ] && [ "${#TARGETS[@]}" -gt 0 ] || return 1
  copier_digest "${TARGETS[0]}"
  [ $? -ne 2 ] || return 1
  warn "$MSG_COPIER_GETS_IN" "$BROKEN" "$BREAK" "$COPIER"
}
