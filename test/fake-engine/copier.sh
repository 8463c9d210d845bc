#!/usr/bin/env bash
# skopeo, crane or regctl, by whose name it is called, that asks nobody: it records how it is called, and knows what
# files tell it. FAKE_ENGINE is its directory:
#
#   calls             every call: how many words, then the words, each ended by NUL
#   manifests/NAME    what registries have; NAME in full, with a tag or a digest, and % for /
#   configs/NAME      the configuration of an image
#   logins            every file of logins that it was given, after its name
#   rules/VERB        what to do at such a call, rules/VERB@NAME for one image, one thing a line: err TEXT (%b),
#                     times N (only the first N calls), sleep SECONDS, hang, exit STATUS
set -u

STATE=$FAKE_ENGINE
printf '%s\0' "$(($# + 1))" "${0##*/}" "$@" >>"$STATE/calls"

main() {
  local verb='' words=() word
  for word in "$@"; do
    case $word in
      copy | inspect | manifest | config | digest | manifest-digest | get | head) verb=$verb${verb:+-}$word ;;
    esac
  done
  case "$*" in
    *--help)
      follow help
      printf '      --retry-times int\n      --preserve-digests\n'
      return
      ;;
  esac
  case "$*" in
    'registry login '*) log_in ;;
  esac
  words=("$@")
  LAST=$(file_of "${words[$# - 1]}")
  see_logins "$@"
  case $verb in
    copy) copy "$(file_of "${words[$# - 2]}")" "$LAST" ;;
    inspect | manifest | config | manifest-get | image-inspect) show "$@" ;;
    manifest-digest) sum "${words[1]}" ;;
    digest | manifest-head) known "$LAST" && sum "$STATE/manifests/$LAST" ;;
    *)
      printf 'unknown command: %s\n' "$*" >&2
      exit 1
      ;;
  esac
}

# What regctl adds to its settings is enough for a test to see: the login, by whose name, for which host.
log_in() {
  local secret
  IFS= read -r secret
  printf '%s\n' "added $secret" >>"$REGCTL_CONFIG"
  exit
}

show() {
  follow "inspect@$LAST"
  known "$LAST" || exit 1
  case " $* " in
    *' --config '* | *' config '* | *' image inspect '*) cat "$STATE/configs/$LAST" ;;
    *) cat "$STATE/manifests/$LAST" ;;
  esac
}

copy() {
  follow "copy@$2"
  follow copy
  known "$1" || exit 1
  cp "$STATE/manifests/$1" "$STATE/manifests/$2"
  printf 'Writing manifest to image destination\n'
}

known() {
  [ ! -f "$STATE/manifests/$1" ] || return 0
  printf 'time="2026-01-01T00:00:00Z" level=fatal msg="reading manifest in \\"%s\\": manifest unknown"\n' "$1" >&2
  return 1
}

file_of() {
  local name=${1#docker://}
  printf '%s' "${name//\//%}"
}

sum() {
  local digest
  digest=$(PATH=/usr/bin:/bin sha256sum "$1")
  printf 'sha256:%s\n' "${digest%% *}"
}

# The files that have logins for this call.
see_logins() {
  local file
  for file in "${REGCTL_CONFIG:-}" "${DOCKER_CONFIG:+$DOCKER_CONFIG/config.json}"; do
    [ ! -f "$file" ] || see "$file"
  done
  while [ $# -gt 0 ]; do
    case $1 in
      --dest-authfile | --authfile) see "$2" ;;
    esac
    shift
  done
}

see() {
  printf '%s %s: ' "$(PATH=/usr/bin:/bin stat -c %a "$1")" "${1##*/}" >>"$STATE/logins"
  cat "$1" >>"$STATE/logins"
}

follow() {
  local word rest file=$STATE/rules/$1
  [ -f "$file" ] || return 0
  while read -r word rest; do
    case $word in
      times) count_call "$file" "$rest" || return 0 ;;
      err) printf '%b\n' "$rest" >&2 ;;
      sleep) "$REAL_SLEEP" "$rest" ;;
      hang) exec "$REAL_SLEEP" 1000 ;;
      exit) exit "$rest" ;;
    esac
  done <"$file"
}

count_call() {
  local count=0
  [ ! -f "$1.count" ] || read -r count <"$1.count"
  printf '%s\n' "$((count + 1))" >"$1.count"
  [ "$count" -lt "$2" ]
}

main "$@"
