# The names of an image.
NAMES=()

# names_of NAME: sets NAMES to all names that the image has here; returns 1 where there is none of that name.
names_of() {
  ask image inspect --format '{{range .RepoTags}}{{.}} {{end}}' "$1" || return 1
  read -r -a NAMES <"$SCRATCH" || :
}
