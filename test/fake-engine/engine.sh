#!/usr/bin/env bash
# A container engine that moves nothing: it records how it is called, and answers what files tell it to.
# It plays the engine by whose name it is called. FAKE_ENGINE is its directory:
#
#   calls             every call: how many words, then the words, each ended by NUL
#   events            `begin VERB` and `end VERB`, as they happen
#   flags             what this engine has besides: VERB FLAG, one a line, for its help
#   kind              another engine to play, such as podman under the name of docker
#   images/NAME       a local image, its id, platform and digests; NAME in full, with % for /. More lines are what the
#                     store of containerd has for other platforms
#   compose/SERVICE   the image that Compose builds for a service, in full; without the folder there is no Compose
#   registry/NAME     what was pushed
#   manifests/NAME    the index that a registry has
#   bytes             how many bytes each image has in an archive
#   store             what the engine says that all images take, such as 1.5MB
#   podman-login      the hosts that Podman has a login for, one a line
#   search            the registries where Podman looks for names without host, in one line
#   rules/VERB        what to do at such a call, rules/VERB@NAME for one image, one thing a line:
#                     out TEXT, err TEXT (%b), sleep SECONDS, platform PLATFORM and digest DIGEST (of what is pulled),
#                     other (bytes each time), each SECONDS, break IMAGES and cut (without end) for what is saved,
#                     times N (only the first N calls), deaf (to signals), hang, kill SIGNAL, orphan (kills its parent), exit STATUS
set -u

STATE=$FAKE_ENGINE
KIND=${0##*/}
[ ! -f "$STATE/kind" ] || read -r KIND <"$STATE/kind"

main() {
  printf '%s\0' "$(($# + 1))" "${0##*/}" "$@" >>"$STATE/calls"
  case $1,${2:-} in
    image,ls) VERB=ls ;;
    image,*) VERB=inspect ;;
    --version,*) VERB=version ;;
    *) VERB=$1 ;;
  esac
  [ "${WORDS[$#-1]}" != --help ] || play_help
  PLATFORM=linux/amd64 DIGEST=''
  OTHER='' EACH='' BREAK='' CUT=''
  case $VERB,${2:-} in
    pull,--platform) PLATFORM=$3 ;;
  esac
  shift $(($# - 1))
  printf 'begin %s\n' "$VERB" >>"$STATE/events"
  full_name "$1"
  follow "$STATE/rules/$VERB@$FILE"
  follow "$STATE/rules/$VERB"
  play "$1"
  finish $?
}

play() {
  case $VERB in
    version) play_version ;;
    ps) ;;
    info) play_info "${WORDS[@]}" ;;
    inspect) play_inspect "${WORDS[@]}" ;;
    ls) play_ls ;;
    compose) play_compose "$1" ;;
    manifest) cat "$STATE/manifests/$FILE" ;;
    rmi) rm "$STATE/images/$FILE" ;;
    pull) play_pull "$1" ;;
    tag) play_tag "${WORDS[1]}" "$1" ;;
    push) play_push "$1" ;;
    load) take_archive ;;
    save) play_save "${WORDS[@]}" ;;
    system) [ ! -f "$STATE/store" ] || echo "Images $(cat "$STATE/store")" ;;
    login) play_login "$1" ;;
    *) refuse "unknown command: $VERB" "unknown command: $VERB" ;;
  esac
}

# What a verb takes, as the engines print it. Docker's flags are those of 20.10.
play_help() {
  local verb flag
  case $KIND,$VERB in
    podman,push) echo '      --digestfile string   Write the digest of the pushed image to the specified file' ;;
    nerdctl,push) echo '      --platform strings   Push content for a specific platform' ;;
  esac
  while read -r verb flag; do
    [ "$verb" != "$VERB" ] || printf '      %s string   …\n' "$flag"
  done < <(cat "$STATE/flags" 2>/dev/null)
  exit 0
}

finish() {
  printf 'end %s\n' "$VERB" >>"$STATE/events"
  exit "$1"
}

follow() {
  local word rest
  [ -f "$1" ] || return 0
  while read -r word rest; do
    case $word in
      times) count_call "$1" "$rest" || return 0 ;;
      out) printf '%b\n' "$rest" ;;
      err) printf '%b\n' "$rest" >&2 ;;
      sleep) pause "$rest" ;;
      platform) PLATFORM=$rest ;;
      digest) DIGEST=$rest ;;
      other) OTHER=yes ;;
      each) EACH=$rest ;;
      break) BREAK=$rest ;;
      cut) CUT=yes ;;
      deaf) trap '' TERM INT HUP ;;
      hang) exec "$REAL_SLEEP" 1000 ;;
      kill) kill -"$rest" $$ ;;
      orphan) kill -KILL "$PPID" && finish 0 ;;
      exit) finish "$rest" ;;
    esac
  done <"$1"
}

# Counts the calls that a rule was asked about; whether this one is among the first.
count_call() {
  local count=0
  [ ! -f "$1.count" ] || read -r count <"$1.count"
  printf '%s\n' "$((count + 1))" >"$1.count"
  [ "$count" -lt "$2" ]
}

# A sleep that ends with this process. One that has just begun may miss a signal, so it gets more than one.
pause() {
  trap 'while kill ${!:-} 2>/dev/null; do "$REAL_SLEEP" 0.02; done; exit 143' TERM
  "$REAL_SLEEP" "$1" &
  wait $!
}

# Sets NAME to the name in full, and FILE to the file that stands for it.
full_name() {
  NAME=$1
  case ${NAME##*/} in *[:@]*) ;; *) NAME=$NAME:latest ;; esac
  case $NAME in
    localhost/* | *[.:]*/*) ;;
    */*) NAME=docker.io/$NAME ;;
    *) NAME=docker.io/library/$NAME ;;
  esac
  FILE=${NAME//\//%}
}

# On Podman a name without host is that of an image made here, if there is one. Engines also take the beginning of an
# id; Podman also takes the end of a name.
local_name() {
  local file id
  full_name "$1"
  [ "$KIND" = podman ] && [ "$NAME" != "$1" ] && [ -f "$STATE/images/localhost%$1" ] && full_name "localhost/$1"
  [ ! -f "$STATE/images/$FILE" ] || return 0
  for file in "$STATE"/images/*; do
    read -r id _ 2>/dev/null <"$file" || continue
    case $KIND:${id#sha256:}:$file in
      "$KIND:$1"* | "podman:"*"%${1//\//%}") ;;
      *) continue ;;
    esac
    FILE=${file##*/}
    NAME=${FILE//%//}
    return
  done
  return 1
}

play_version() {
  case $KIND in
    podman) echo 'podman version 4.3.1' ;;
    nerdctl) echo 'nerdctl version 1.7.6' ;;
    *) echo 'Docker version 20.10.24+dfsg1, build 297e128' ;;
  esac
}

# info --format FORMAT
play_info() {
  case $* in
    *Registries*) cat "$STATE/search" 2>/dev/null || echo ;;
    *) echo /nonexistent ;;
  esac
}

# image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'
play_ls() {
  local file id
  for file in "$STATE"/images/*; do
    read -r id _ <"$file" || continue
    file=${file##*/}
    shown_name "${file//%//}"
    case $SHOWN in
      *@*) SHOWN=${SHOWN%%@*}:'<none>' ;;
    esac
    echo "$SHOWN $id"
  done
}

# compose version, and compose FLAG... build SERVICE
play_compose() {
  if [ ! -d "$STATE/compose" ]; then
    refuse "docker: 'compose' is not a docker command." "Error: unrecognized command"
    return
  fi
  if [ "$1" = version ]; then
    echo 'Docker Compose version v2.30.3'
    return
  fi
  read -r NAME <"$STATE/compose/$1"
  echo "sha256:built-$RANDOM linux/amd64" >"$STATE/images/${NAME//\//%}"
  echo "$1  Built"
}

# names_of ID: prints the names of an image.
names_of() {
  local file id
  for file in "$STATE"/images/*; do
    read -r id _ <"$file" || continue
    file=${file##*/}
    shown_name "${file//%//}"
    [ "$id" != "$1" ] || printf '%s ' "$SHOWN"
  done
  echo
}

# image inspect [--platform PLATFORM] --format FORMAT NAME...
play_inspect() {
  local wanted='' format
  shift 2
  if [ "$1" = --platform ]; then
    grep -qx 'inspect --platform' "$STATE/flags" 2>/dev/null || refuse 'unknown flag: --platform' 'Error: unknown flag: --platform' || return
    wanted=$2
    shift 2
  fi
  format=$2
  shift 2
  local status=0
  while [ $# -gt 0 ]; do
    inspect_one "$1" "$format" "$wanted" || status=$?
    shift
  done
  return "$status"
}

inspect_one() {
  local id='' platform='' digests='' variant
  if ! local_name "$1"; then
    echo
    refuse "Error: No such image: $1" "Error: inspecting object: $1: image not known"
    return
  fi
  while read -r id platform digests; do
    [ -n "$3" ] && [ "$platform" != "$3" ] || break
  done <"$STATE/images/$FILE"
  [ -n "$id" ] || refuse "Error: image with reference $1 was found but does not provide the specified platform ($3)" '' || return
  variant=${platform#*/*/}
  [ "$variant" != "$platform" ] || variant=''
  platform=${platform%"/$variant"}
  shown_name "$NAME"
  case $KIND,$2 in
    *,'{{range .RepoTags}}'*) names_of "$id" ;;
    *,*RootFS*) echo "$platform layers-of-${id%%~*} entrypoint command environment \"SECRET=hunter2\"" ;;
    # A digest is no tag.
    *,*RepoTags*) echo "$platform $id ${SHOWN%%*@*} " ;;
    *,*Size*) echo "$id $(bytes_each)" ;;
    *,*Id*) echo "$id" ;;
    *,*RepoDigests*) print_digests "${SHOWN%%[:@]*}" $digests ;;
    # What Podman prints up to the field that its images do not have.
    podman,*Variant*) printf '%s/' "$platform" && return 125 ;;
    *,*Variant*) echo "$platform/$variant" ;;
    *) echo "$platform" ;;
  esac
}

# Docker shows names as short as they can be.
shown_name() {
  SHOWN=$1
  [ "$KIND" != podman ] || return 0
  SHOWN=${SHOWN#docker.io/}
  [ "$SHOWN" = "$1" ] || SHOWN=${SHOWN#library/}
}

print_digests() {
  local name=$1
  shift
  [ $# -eq 0 ] || printf "$name@%s\\n" "$@"
  echo
}

play_pull() {
  if [ "$KIND" = podman ] && [ "$NAME" != "$1" ]; then
    refuse '' "Error: short-name \"$1\" did not resolve to an alias and no unqualified-search registries are defined"
    return
  fi
  case $1 in *@*) DIGEST=${DIGEST:-${1##*@}} ;; esac
  printf 'sha256:%s %s %s\n' "$FILE-${PLATFORM//\//-}" "$PLATFORM" "$DIGEST" >"$STATE/images/$FILE"
  [ -z "$DIGEST" ] || [ "$KIND" = podman ] || printf 'Digest: %s\n' "$DIGEST"
  printf 'Status: Downloaded newer image for %s\n%s\n' "$1" "$1"
}

play_tag() {
  local image
  local_name "$1" || refuse "Error response from daemon: No such image: $1" "Error: $1: image not known" || return
  image=$FILE
  full_name "$2"
  [ "$KIND" != podman ] || [ "$NAME" = "$2" ] || full_name "localhost/$2"
  cat "$STATE/images/$image" >"$STATE/images/$FILE"
}

play_push() {
  local_name "$1" || refuse "An image does not exist locally with the tag: ${1%:*}" "Error: $1: image not known" || return
  [ "$KIND" = podman ] || printf 'The push refers to repository [%s]\n' "${1%:*}"
  cat "$STATE/images/$FILE" >"$STATE/registry/$FILE"
  case $KIND,${WORDS[1]} in
    podman,--digestfile) printf '%s' "${DIGEST:-sha256:0}" >"${WORDS[2]}" ;;
    podman,*) ;;
    *) printf '%s: digest: %s size: 528\n' "${1##*:}" "${DIGEST:-sha256:0}" ;;
  esac
}

# An archive is a line for each image, and one for its end: image NAME ID PLATFORM, pause SECONDS, end.
# Podman 4 takes no compressed archive from a pipe.
take_archive() {
  if [ "$KIND" = podman ]; then play_load; else play_load < <(exec gzip -dcf); fi
}

play_load() {
  local word name id platform
  while read -r word name id platform; do
    case $word in
      image)
        full_name "$name"
        printf '%s %s \n' "$id" "$platform" >"$STATE/images/$FILE"
        shown_name "$NAME"
        echo "Loaded image: $SHOWN"
        ;;
      pause) pause "$name" ;;
      end) return ;;
    esac
  done
  refuse 'unexpected EOF' ' * docker-archive: loading tar component manifest.json: unexpected EOF'
}

bytes_each() {
  cat "$STATE/bytes" 2>/dev/null || echo 100
}

# save FLAG... NAME...: what play_load takes, with so many bytes for each image; it ends as an archive does.
play_save() {
  local id platform count=0 bytes
  bytes=$(bytes_each)
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --platform | --format) shift ;;
      -*) ;;
      *)
        [ "$count" != "$BREAK" ] || refuse 'Error response from daemon: something broke' 'Error: something broke' || return
        [ -z "$EACH" ] || pause "$EACH"
        local_name "$1" || refuse "Error response from daemon: reference does not exist" "Error: $1: image not known" || return
        read -r id platform _ <"$STATE/images/$FILE"
        printf 'image %s %s %s\n' "$NAME" "$id" "$platform"
        printf '%*s\n' "$bytes" "${OTHER:+${EPOCHREALTIME:-$RANDOM$RANDOM}}"
        count=$((count + 1))
        ;;
    esac
    shift
  done
  [ -n "$CUT" ] || { echo end && head -c 1024 /dev/zero; }
}

# With a stored password Docker asks the registry and writes its file again; without any it cannot ask here.
play_login() {
  local file=${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json
  case " ${WORDS[*]} " in
    *' --password-stdin '*)
      take_password "$1"
      return
      ;;
  esac
  if [ "$KIND" = podman ]; then
    grep -qx "$1" "$STATE/podman-login" 2>/dev/null && echo robot && return
    refuse '' "Error: not logged into $1"
    return
  fi
  if grep -q currentContext "$file" 2>/dev/null && [ ! -d "${file%/*}/contexts/meta" ]; then
    refuse 'Failed to initialize: unable to resolve docker endpoint: context "far": context not found' ''
    return
  fi
  if ! grep -q "\"$1\": *{ *\"auth\": *\"." "$file" 2>/dev/null; then
    refuse 'Error: Cannot perform an interactive login from a non TTY device' ''
    return
  fi
  printf '%s\n' "$(cat "$file")" '' >"$file"
  echo 'Login Succeeded'
}

# A password on standard input: any but `wrong` is right. What the client then sees is kept for the test.
take_password() {
  local file=${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json password
  [ "$KIND" != podman ] || file=${REGISTRY_AUTH_FILE:-$HOME/auth.json}
  IFS= read -r password || [ -n "$password" ]
  { export -p && echo "file $file" && ls -l "$file" && cat "$file"; } >"$STATE/login" 2>&1
  if [ "$password" = wrong ]; then
    refuse 'Error response from daemon: login attempt failed with status: 401 Unauthorized' 'Error: invalid username/password'
    return
  fi
  printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$1" "$(printf 'robot:%s' "$password" | base64)" >"$file"
  printf '%s\n' "$1" >>"$STATE/podman-login"
  echo 'Login Succeeded'
}

# refuse DOCKER_TEXT PODMAN_TEXT
refuse() {
  case $KIND in
    podman) echo "$2" >&2 && return 125 ;;
    *) echo "$1" >&2 && return 1 ;;
  esac
}

WORDS=("$@")
main "$@"
