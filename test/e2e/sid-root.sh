#!/usr/bin/env bash
# Prints a folder that has the engines of Debian sid in usr/, and nothing else of them on this machine: the packages are
# unpacked, not installed. Makes it where it is missing, with root's rights and the network; remove it for newer ones.
# Whoever wants a program of it mounts that usr/ over /usr, in a mount namespace of his own.
set -u -o pipefail

# Where Debian's packages come from: as the machine has it, unless DEBIAN_MIRROR says another place.
MIRROR=${DEBIAN_MIRROR:-}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
PACKAGES=(docker.io docker-cli podman)
CACHE=${XDG_CACHE_HOME:-${HOME:?}/.cache}/compose-relay
ROOT=$CACHE/sid

main() {
  [ -d "$ROOT" ] || make_root || exit 1
  printf '%s\n' "$ROOT"
}

# make_root: other runs see the whole folder or none.
make_root() {
  local program
  for program in apt-get dpkg-deb; do
    type -P "$program" >/dev/null || complain "needs $program: a Debian or Ubuntu machine" || return
  done
  [ -n "$MIRROR" ] || MIRROR=$(mirror_of_machine)
  [ -n "$MIRROR" ] || ! apt-get -qq update >&2 || MIRROR=$(mirror_of_machine)
  [ -n "$MIRROR" ] || complain "needs a mirror of Debian: name one by DEBIAN_MIRROR" || return
  [ -r "$KEYRING" ] || complain "needs $KEYRING: apt-get install debian-archive-keyring" || return
  mkdir -p "$CACHE" && WORK=$(mktemp -d "$CACHE/sid.XXXXXX") || return
  trap 'rm -rf "$WORK"' EXIT
  write_settings && download && unpack || return
  mv -T "$WORK/root" "$ROOT" 2>/dev/null || [ -d "$ROOT" ]
}

# mirror_of_machine: where this machine has Debian's own packages from. It knows that once it has its lists.
mirror_of_machine() {
  local targets
  # shellcheck disable=SC2016 # these are apt's
  targets=$(apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null)
  sed -n 's|^Debian/Debian ||p' <<<"$targets" | sort -u | head -n 1
}

# write_settings: an apt that knows sid only, has nothing installed, and writes below WORK only.
write_settings() {
  mkdir -p "$WORK/lists/partial" "$WORK/cache/archives/partial" "$WORK/root"
  : >"$WORK/status"
  printf 'deb [signed-by=%s] %s sid main\n' "$KEYRING" "$MIRROR" >"$WORK/sources.list"
  cat >"$WORK/apt.conf" <<END
Dir::Etc::sourcelist "$WORK/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$WORK";
Dir::State::lists "$WORK/lists";
Dir::State::status "$WORK/status";
Dir::Cache "$WORK/cache";
Dir::Log "$WORK";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Default-Release "";
APT::Sandbox::User "root";
END
}

# download: every package that PACKAGES need, the C library included.
download() {
  printf 'downloading %s and what they need from %s sid\n' "${PACKAGES[*]}" "$MIRROR" >&2
  export APT_CONFIG=$WORK/apt.conf
  # Without Error-Mode apt-get update is content with no answer at all.
  apt-get -qq update -o APT::Update::Error-Mode=any >"$WORK/log" 2>&1 &&
    apt-get -qq install -y --download-only --no-install-recommends "${PACKAGES[@]}" >>"$WORK/log" 2>&1 && return
  tail -n 20 "$WORK/log" >&2
  complain "cannot have the packages of Debian sid: is $MIRROR reachable? DEBIAN_MIRROR names another mirror"
}

unpack() {
  local package
  for package in "$WORK"/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$WORK/root" || return
  done
}

complain() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  return 1
}

main
