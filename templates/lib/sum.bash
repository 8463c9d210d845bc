# sum_of FILE: sets REPLY to its SHA-256 sum; returns 1 where it cannot be read, which it says, or nothing makes sums here.
sum_of() {
  [ "${#SHA256[@]}" -gt 0 ] && attempt write_sum "$1" || return 1
  read -r REPLY <"$SCRATCH.sum"
  REPLY=${REPLY%% *}
}

# digest_of FILE: the same, as registries and engines write it.
digest_of() {
  sum_of "$1" && REPLY=sha256:$REPLY
}

# write_sum FILE: becomes that program, so that a signal ends it, too.
write_sum() {
  exec ${SHA256[@]+"${SHA256[@]}"} <"$1" >"$SCRATCH.sum"
}
