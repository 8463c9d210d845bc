# The program that computes SHA-256 sums here, and how it is called; empty where there is none.
SHA256=()

# find_sha256: sets it; its name differs from system to system.
find_sha256() {
  if type -P sha256sum >/dev/null; then
    SHA256=(sha256sum)
  elif type -P shasum >/dev/null; then
    SHA256=(shasum -a 256)
  elif type -P openssl >/dev/null; then
    SHA256=(openssl dgst -sha256 -r)
  else
    return 1
  fi
}
