# What an image is, however an engine's store calls it: its platform, its layers, and what it runs. Not every engine has
# the same ids, and none has the digest of a registry once an image has come from an archive.
CONTENT='{{.Os}}/{{.Architecture}}{{range .RootFS.Layers}} {{.}}{{end}}'
CONTENT=$CONTENT' entrypoint{{range .Config.Entrypoint}} {{printf "%+q" .}}{{end}}'
CONTENT=$CONTENT' command{{range .Config.Cmd}} {{printf "%+q" .}}{{end}}'
CONTENT=$CONTENT' environment{{range .Config.Env}} {{printf "%+q" .}}{{end}}'

# content_of NAME PLATFORM: sets REPLY to the content id of the image that is here under that name, such as sha256:…;
# returns 1 where there is none for the platform, and then REPLY is empty. Environments may have secrets: only the sum
# is ever shown.
content_of() {
  if read_content "$1" "$2" || read_content "$1" "$2" --platform "$2"; then
    digest_of "$SCRATCH" && return
  fi
  REPLY=''
  return 1
}

# read_content NAME PLATFORM [FLAG...]: puts what the image is into SCRATCH; returns 1 where it is for another platform.
read_content() {
  local platform
  ask image inspect "${@:3}" --format "$CONTENT" "$1" || return 1
  read -r platform _ <"$SCRATCH"
  case $2/ in
    "$platform"/*) ;;
    *) return 1 ;;
  esac
}
