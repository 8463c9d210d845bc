#!/usr/bin/env bash
# A curl that asks nobody: it notes its words in FAKE_ENGINE/asked, one call a line, and answers what a file of
# FAKE_ENGINE/answers tells it to, the URL with % for /: the status, then the headers; or `hang`. Without such a file it
# finds no host.
set -u

WORDS=("$@")
HEAD='' BODY=''
printf '%s\n' "$*" >>"$FAKE_ENGINE/asked"
while [ $# -gt 0 ]; do
  case $1 in
    -D) HEAD=$2 ;;
    -o) BODY=$2 ;;
  esac
  shift
done
URL=${WORDS[${#WORDS[@]} - 1]}
ANSWER=$FAKE_ENGINE/answers/${URL//\//%}
STATUS=000
if [ -f "$ANSWER" ]; then
  read -r STATUS _ <"$ANSWER"
  [ "$STATUS" != hang ] || exec "$REAL_SLEEP" 60
  sed -e '1s/^/HTTP\/1.1 /' -e $'s/$/\r/' "$ANSWER" >"$HEAD"
  printf '\r\n' >>"$HEAD"
  printf '<html></html>\n' >"$BODY"
fi
printf '%s\n' "$STATUS"
[ "$STATUS" != 000 ] || exit 6
