# sum_of FILE: sets REPLY to the digest of what it has; returns 1 where no program here makes such sums.
sum_of() {
  local program
  for program in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r'; do
    type -P "${program%% *}" >/dev/null || continue
    # shellcheck disable=SC2086 # these are words
    REPLY=sha256:$($program <"$1")
    REPLY=${REPLY%%[ *]*}
    is_digest "$REPLY" && return
  done
  return 1
}
