# give_names NUMBER COPY: makes each of WANTED_NAMES one of COPY's.
give_names() {
  local name
  for name in ${WANTED_NAMES[@]+"${WANTED_NAMES[@]}"}; do
    [ "$name" != "$2" ] || continue
    [ "$MODE" = dry-run ] || ! holds "$name" "${PLATFORMS[$1]}" "${CONTENTS[$1]}" || continue
    act "$ENGINE" tag "$2" "$name" || return 1
    [ "$MODE" = dry-run ] || ! id_of "$name" || tell say_move "$name" "$REPLY"
  done
}

# drop_target NUMBER: takes away the name that only came with the archive. By name, and never the last one.
drop_target() {
  local target=${TARGETS[$1]}
  ! is_wanted "$target" || return 0
  if [ "$MODE" != dry-run ]; then
    ! id_of "$target" || return 0
    names_of "$target" && [ "${#NAMES[@]}" -gt 1 ] || return 0
  fi
  act "$ENGINE" rmi "$target"
}
