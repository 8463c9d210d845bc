#!/usr/bin/env bash
# The engine of a host, with Compose: engine.sh does what has no place here. Besides its files, FAKE_ENGINE has
#
#   services/NAME     the image of a service, in full
#   containers/NAME   its container: the id, the id of its image, its state, its health, its exit status
#   health/NAME       the health that a new container will have; - without it
#   compose/VERB      what goes wrong at that verb of Compose: err TEXT, exit STATUS, one a line; or other IMAGE_ID, which
#                     the containers get in the place of the right one
#   compose/none      with it there is no Compose
set -u

STATE=$FAKE_ENGINE
ENGINE=$(dirname "$(readlink "$0")")/engine.sh

main() {
  case $1,${2:-} in
    compose,version) [ ! -f "$STATE/compose/none" ] && echo 'Docker Compose version v2.30.3' ;;
    compose,up) echo '      --pull string' ;;
    compose,*) shift && compose "$@" ;;
    version,*) echo 20.10.24 ;;
    ps,-aq) list_ids ;;
    container,inspect) inspect_containers "${@:5}" ;;
    image,inspect) inspect_image "$@" ;;
    *) exec "$ENGINE" "$@" ;;
  esac
}

# compose FLAG... VERB [FLAG...] SERVICE...
compose() {
  local verb word rest other=''
  printf '%s|%s|%s\n' "$PWD" "${COMPOSE_PROFILES-unset}" "$*" >>"$STATE/compose-calls"
  while :; do
    case $1 in
      --project-directory | -p | -f | --env-file) shift 2 ;;
      *) break ;;
    esac
  done
  verb=$1
  shift
  [ ! -f "$STATE/compose/$verb" ] || while read -r word rest; do
    case $word in
      err) echo "$rest" >&2 ;;
      exit) exit "$rest" ;;
      other) other=$rest ;;
    esac
  done <"$STATE/compose/$verb"
  for word in "$@"; do
    case $word in
      -* | never) continue ;;
    esac
    "$verb"_service "$word" "$other" || exit 1
  done
  [ "$verb" != ps ] || printf '%s\n' "$STATE"/containers/*
}

pull_service() {
  local image
  read -r image <"$STATE/services/$1"
  "$ENGINE" pull --platform linux/amd64 "$image" >/dev/null
}

up_service() {
  local image id old='' health=-
  read -r image <"$STATE/services/$1"
  read -r id _ <"$STATE/images/${image//\//%}"
  id=${2:-$id}
  [ ! -f "$STATE/containers/$1" ] || read -r _ old _ <"$STATE/containers/$1"
  [ "$old" != "$id" ] || return 0
  [ ! -f "$STATE/health/$1" ] || read -r health <"$STATE/health/$1"
  echo "$1-$RANDOM $id running $health 0" >"$STATE/containers/$1"
}

restart_service() {
  echo "$1" >>"$STATE/restarted"
}

list_ids() {
  local file id
  for file in "$STATE"/containers/*; do
    [ ! -f "$file" ] || { read -r id _ <"$file" && echo "$id"; }
  done
}

inspect_containers() {
  local file id image state health status
  for file in "$STATE"/containers/*; do
    read -r id image state health status <"$file"
    echo "${file##*/} False $id $state $health $status 0 no $image"
  done
}

# An image may be asked for by its id.
inspect_image() {
  local file id last=${*: -1}
  for file in "$STATE"/images/*; do
    read -r id _ <"$file" || continue
    [ "$id" != "$last" ] || { file=${file##*/} && exec "$ENGINE" "${@:1:$#-1}" "${file//%//}"; }
  done
  exec "$ENGINE" "$@"
}

main "$@"
