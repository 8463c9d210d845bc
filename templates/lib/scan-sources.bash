# So that many stages on a stage with many ONBUILD come to an end.
TRIGGER_LIMIT=10000

# end_stages: finds out which of USES are images.
end_stages() {
  local use TRIGGERS=0
  for use in ${USES[@]+"${USES[@]}"}; do
    SCAN_LINE=${use%% *}
    use=${use#* }
    end_use "${use%% *}" "${use#* }"
  done
  SCAN_LINE=1
  [ "$STAGE" -ge 0 ] || scan_fault "$MSG_SCAN_NO_FROM"
}

# end_use STAGE USE: what stands behind ONBUILD counts in the stages that are built on that one.
end_use() {
  local child name=${2#* }
  case $2 in
    'from '*) add_image "$name" ;;
    later-*)
      for child in ${CHILDREN[$1]:-}; do
        count_trigger || return 0
        add_source "$child" "${2#later-}"
      done
      ;;
    *) add_source "$1" "$2" ;;
  esac
}

# count_trigger: returns 1 where there were too many of them.
count_trigger() {
  TRIGGERS=$((TRIGGERS + 1))
  [ "$TRIGGERS" -le "$TRIGGER_LIMIT" ] && return
  [ "$TRIGGERS" -gt $((TRIGGER_LIMIT + 1)) ] || scan_fault "$MSG_SCAN_SYNTAX" ONBUILD
  return 1
}

# add_source STAGE USE: adds the image of a COPY or a mount, unless it is a stage, which must come before this one.
add_source() {
  local kind=${2%% *} name=${2#* }
  if [[ $name == *'$'?* ]]; then
    scan_fault "$MSG_SCAN_VARIABLE" "$name"
  elif find_stage "$kind" "$name"; then
    [ "$REPLY" -lt "$1" ] || scan_fault "$MSG_SCAN_STAGE" "$name"
  else
    add_image "$name"
  fi
}

# find_stage KIND NAME: sets REPLY to the number of the stage of that name; returns 1 where there is none. COPY knows
# stages by number, too.
find_stage() {
  local digits=${2#[-+]}
  case $1,${digits:-none} in
    mount,* | *,*[!0-9]*)
      lower "$2"
      get "STAGE$SCAN_COUNT" "$REPLY"
      ;;
    *) stage_number "$2" "${digits#"${digits%%[!0]*}"}" ;;
  esac
}

# stage_number NUMBER DIGITS: sets REPLY to a number without leading zeros; to one more than there are, where there is no
# such stage.
stage_number() {
  REPLY=$((STAGE + 1))
  case $1,$2 in
    *,) REPLY=0 ;;
    -* | *,???????*) ;;
    *) [ "$2" -gt "$STAGE" ] || REPLY=$2 ;;
  esac
}

# add_image NAME: adds what is no stage. scratch is nothing.
add_image() {
  [ "$1" = scratch ] || add_base "$1"
}
