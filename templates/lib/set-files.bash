# The archive, or what its parts are named after; and what is just being written. Parts have the letters of split then.
ARCHIVE=''
PARTIAL=''

# What is ours of the set's folder: all that has the archive's bytes, of any form; and how many bytes that is.
DATA_FILES=()
DATA_BYTES=0

# name_archive: sets what the archive is called in this form.
name_archive() {
  ARCHIVE=images.tar${GZIP:+.gz}
  PARTIAL=$SET/$ARCHIVE.partial
}

# find_data: learns what of an archive is there.
find_data() {
  local file LC_ALL=C
  DATA_FILES=() DATA_BYTES=0
  for file in "$SET"/images.tar "$SET"/images.tar.gz; do
    set -- "$@" "$file" "$file".[0-9][0-9][0-9] "$file.partial" "$file".partial.[a-z][a-z][a-z]
  done
  for file in "$@"; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    if [ ! -f "$file" ] || [ -L "$file" ]; then die 3 "$MSG_SAVE_NO_FILE" "$file"; fi
    DATA_FILES+=("$file")
    bytes_of "$file"
    DATA_BYTES=$((DATA_BYTES + REPLY))
  done
}

# bytes_of FILE: sets REPLY to its size; 0 where there is none. The wc of busybox would read all of it.
bytes_of() {
  local words
  REPLY=0
  [ ! -f "$1" ] || { read -r -a words < <(ls -lnL "$1") && REPLY=${words[4]}; }
}

# part NUMBER: sets REPLY to the file of a part.
part() {
  printf -v REPLY '%s/%s.%03d' "$SET" "$ARCHIVE" "$1"
}

# count_parts: sets REPLY to how many parts there are, from the first one on, that have all their bytes.
count_parts() {
  local count=0
  while part $((count + 1)) && bytes_of "$REPLY" && [ "$REPLY" -eq "$SPLIT" ]; do
    count=$((count + 1))
  done
  REPLY=$count
}

# number_parts LEAST: gives what split has written the next numbers, up to the first file that has fewer bytes.
number_parts() {
  local file count LC_ALL=C
  count_parts
  count=$REPLY
  for file in "$PARTIAL".[a-z][a-z][a-z]; do
    bytes_of "$file"
    if [ "$REPLY" -lt "$1" ] || [ "$count" -ge 999 ]; then break; fi
    count=$((count + 1))
    part "$count"
    mv -f "$file" "$REPLY" || return 1
  done
}

# list_archive: sets FILES to the files of the whole archive.
list_archive() {
  local LC_ALL=C
  set -- "$SET/$ARCHIVE"
  [ -z "$SPLIT" ] || set -- "$1".[0-9][0-9][0-9]
  FILES=("$@")
}

# remove_data: removes all of DATA_FILES but what FILES has.
remove_data() {
  local file kept
  for file in ${DATA_FILES[@]+"${DATA_FILES[@]}"}; do
    for kept in ${FILES[@]+"${FILES[@]}"}; do
      [ "$file" != "$kept" ] || continue 2
    done
    rm -f "$file" || return 1
  done
}
