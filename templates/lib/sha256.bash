# The program that computes SHA-256 sums here, and how it is called.
SHA256=()

# need_sha256: finds it; its name differs from system to system.
need_sha256() {
  if type -P sha256sum >/dev/null; then
    SHA256=(sha256sum)
  elif type -P shasum >/dev/null; then
    SHA256=(shasum -a 256)
  elif type -P openssl >/dev/null; then
    SHA256=(openssl dgst -sha256 -r)
  else
    die 3 "$MSG_NO_SHA256"
  fi
}

# sum_of FILE: sets REPLY to its SHA-256 sum; returns 1 where it cannot be read, which it says.
sum_of() {
  attempt write_sum "$1" || return 1
  read -r REPLY <"$SCRATCH.sum"
  REPLY=${REPLY%% *}
}

# write_sum FILE: becomes that program, so that a signal ends it, too.
write_sum() {
  exec ${SHA256[@]+"${SHA256[@]}"} <"$1" >"$SCRATCH.sum"
}
