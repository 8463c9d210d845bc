# survey: learns of all images here, under both their names, by one question. What is pinned is not told by that name.
survey() {
  local number platform id tags tag names
  names=(${TARGETS[@]+"${TARGETS[@]}"})
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    engine_name "${SOURCES[$number]}"
    names+=("$REPLY")
  done
  # It fails where one is missing, and tells of the others.
  ask image inspect --format '{{.Os}}/{{.Architecture}} {{.Id}} {{range .RepoTags}}{{.}} {{end}}' ${names[@]+"${names[@]}"}
  while read -r platform id tags; do
    for tag in $tags; do put HERE "$tag" "$platform|$id"; done
  done <"$SCRATCH"
}

# is_known NAME PLATFORM: whether an image is here for just that platform, as far as the survey tells.
is_known() {
  local REPLY
  get HERE "$1" && [ "${REPLY%|*}" = "$2" ]
}

# are_same NAME NAME: whether both are one image here.
are_same() {
  local first
  if ! get HERE "$1"; then
    same_image "$1" "$2"
    return
  fi
  first=${REPLY#*|}
  get HERE "$2" && [ "${REPLY#*|}" = "$first" ]
}
