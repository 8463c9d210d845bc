#!/bin/sh
# A sleep that does not wait for whole seconds: those are pauses of a script between two tries, and only written down.
case $1 in
  *[!0-9]*) exec "$REAL_SLEEP" "$1" ;;
esac
printf '%s\n' "$1" >>"$FAKE_ENGINE/pauses"
exec "$REAL_SLEEP" 0.01
