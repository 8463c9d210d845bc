# last_line FILE: its last line that says something, without colours and control characters.
last_line() {
  LC_ALL=C sed -e $'s/\033\\[[0-9;]*[A-Za-z]//g' -e '/[^[:space:][:cntrl:]]/!d' "$1" | tail -n 1 | LC_ALL=C tr -d '\000-\037\177'
}
