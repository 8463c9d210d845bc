# The path at hand: whether its files are left alone (yes, no, or unless an earlier run has brought them), how many of
# them differ, and its name.
KEEP=no
DIFFERING=0
AT=''

# compare_files: reads what the other side has, and tells what it is to send, what is left alone, and what is in the way.
compare_files() {
  local line kind a b c path place
  mark step files
  [ ! -e "$TO" ] || [ -d "$TO" ] || die 1 "$MSG_DEPLOY_NO_FOLDER_THERE" "$TO"
  while IFS= read -r line && [ "$line" != end ]; do
    IFS=$'\t' read -r kind a b c path place <<<"$line"
    case $kind in
      item) open_path "$a" "$b" "$c" "$path" ;;
      f) compare_file "$a" "$b" "$c" "$path" "$line" ;;
      d) [ -d "$TO/$path" ] || [ "$KEEP" = yes ] || wanted "$path" "$line" ;;
      l) [ -L "$TO/$path" ] || [ -e "$TO/$path" ] || [ "$KEEP" = yes ] || wanted "$path" "$line" ;;
    esac
  done
  close_path
}

# open_path KIND FORM OVERWRITE PATH: what follows is in that path. What containers may have written stays as it is.
open_path() {
  close_path
  AT=$4 KEEP=no DIFFERING=0
  case $1,$2 in
    elsewhere,*) find_elsewhere "$4" ;;
    context,*) [ -d "$TO/$4" ] || wanted "$4" $'d\t-\t-\t-\t'"$4"$'\t-' ;;
    env,absent | config,absent | data-file,absent) [ -e "$TO/$4" ] || mark missing "$4" ;;
    *,file) [ ! -d "$TO/$4" ] || mark clash "$4" ;;
    *,folder)
      [ ! -e "$TO/$4" ] || [ -d "$TO/$4" ] || mark clash "$4"
      wanted_folder "$4"
      ;;
  esac
  case $1,$2,$3 in
    data*,*,overwrite | data,absent,*) ;;
    data*,file,*) KEEP=ours ;;
    data*,folder,*) ! is_filled "$TO/$4" || KEEP=yes ;;
  esac
}

# close_path: tells what was left alone.
close_path() {
  [ "$DIFFERING" -eq 0 ] || mark kept "$DIFFERING $AT"
  DIFFERING=0
}

wanted_folder() {
  [ "$1" = . ] || [ -d "$TO/$1" ] || wanted "$1" $'d\t-\t-\t-\t'"$1"$'\t-'
}

# wanted PATH LINE: tells that a file, folder or link is to be sent.
wanted() {
  printf '%s send %s\t%s\n' "$TOKEN" "$AT" "$2"
}

# find_elsewhere PATH: tells whether what is no part of the project is missing. What has variables cannot be known.
find_elsewhere() {
  local path=$1
  # shellcheck disable=SC2088 # it is the text of an argument
  case $path in
    *'$'*) return 0 ;;
    /*) ;;
    '~') path=$HOME ;;
    '~/'*) path=$HOME/${path#??} ;;
    *) path=$TO/$path ;;
  esac
  [ -e "$path" ] || mark missing "$1"
}

# is_filled FOLDER: whether there is something in it.
is_filled() {
  [ -d "$1" ] && [ -n "$(find "$1/." ! -name . 2>/dev/null | head -n 1)" ]
}

# compare_file MODE SUM SIZE PATH LINE
compare_file() {
  local file=$TO/$4 sum
  if [ -d "$file" ]; then
    [ "$4" = "$AT" ] || mark clash "$4"
    return
  elif [ ! -e "$file" ]; then
    sum=absent
  else
    sum=$(cksum <"$file" 2>/dev/null)
  fi
  if [ "$sum" = "$2 $3" ]; then
    # A secret that others may read here is not equal.
    [ "$1" != 600 ] || [ "$KEEP" != no ] || [ -z "$(find "$file" -perm -004)" ] || wanted "$4" "$5"
    return 0
  fi
  case $KEEP,$sum in
    no,* | ours,absent) wanted "$4" "$5" ;;
    ours,*)
      if is_ours "$sum $4"; then
        wanted "$4" "$5"
      else
        DIFFERING=$((DIFFERING + 1))
      fi
      ;;
    *) DIFFERING=$((DIFFERING + 1)) ;;
  esac
}

# is_ours SUM_SIZE_PATH: whether an earlier run has brought just that.
is_ours() {
  [ -f "$STATE/sums" ] && grep -F -x -e "$1" "$STATE/sums" >/dev/null
}
