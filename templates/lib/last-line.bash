# last_line FILE: its last line that says something, without colours and control characters.
last_line() {
  unwrap "$1" | LC_ALL=C sed -e $'s/\033\\[[0-9;]*[A-Za-z]//g' -e '/[^[:space:][:cntrl:]]/!d' | tail -n 1 | LC_ALL=C tr -d '\000-\037\177'
}

# unwrap FILE: prints it, with messages of Go's logs (time="…" level=fatal msg="…") as they were before they were logged.
# By env: this shell would complain of a locale that is not here when it goes back to it.
unwrap() {
  env LC_ALL=C sed -e '/^time="[^"]*" level=[a-z]* msg="/!b' -e 's/^time="[^"]*" level=[a-z]* msg="\(.*\)"$/\1/' \
    -e 's/\\\(["\\]\)/\1/g' "$1"
}
