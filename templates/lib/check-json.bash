# check_json: goes on only where the file is one object of JSON.
check_json() {
  local line column why
  [ -e "$OLD" ] || return 0
  printf '1 1 other\n' >"$WORK/merged"
  LC_ALL=C tr -d '\000' <"$OLD" >"$WORK/plain"
  same_file "$WORK/plain" "$OLD" && merge_mirrors "$OLD" >"$WORK/merged" && return
  read -r line column why <"$WORK/merged"
  case $why in
    comment) why=$(say "$MSG_JSON_COMMENT") ;;
    comma) why=$(say "$MSG_JSON_COMMA") ;;
    'twice '*) why=$(say "$MSG_JSON_TWICE" "${why#twice }") ;;
    end) why=$(say "$MSG_JSON_END") ;;
    *) why=$(say "$MSG_JSON_OTHER") ;;
  esac
  die 3 "$MSG_BAD_JSON" "$FILE:$line:$column" "${why//[[:cntrl:]]/ }"
}
