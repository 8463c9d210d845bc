# all_here: whether every image is here with just the right platform, by one question for all of them. If not, each has
# to be asked for.
all_here() {
  local number platform names
  names=()
  for number in ${SOURCES[@]+"${!SOURCES[@]}"}; do
    engine_name "${SOURCES[$number]}"
    names[number]=$REPLY
  done
  ask image inspect --format '{{.Os}}/{{.Architecture}}' ${names[@]+"${names[@]}"} || return 1
  for number in ${names[@]+"${!names[@]}"}; do
    read -r platform && [ "$platform" = "${PLATFORMS[$number]}" ] || return 1
  done <"$SCRATCH"
}
