# How curl is to trust the registry, as lines of its configuration.
REGISTRY_TRUST=''

# How curl itself ended at the last request, and how far it came: when the name was known and the connection and its
# encryption stood, as seconds; 0.000000 is never.
CURL_STATUS=0
CURL_TIMES=''

# request LINE...: asks what these lines of a curl configuration say; sets REPLY to the status, 000 where there is no
# answer. What is secret stands in a file, not in the words of a command that all users see.
request() {
  (umask 077 && printf '%s\n' "$REGISTRY_TRUST" "$@" >"$SCRATCH.curl" && : >"$SCRATCH.head" && : >"$SCRATCH.body")
  LC_ALL=C within 40 curl -q -sSg -m 30 --connect-timeout 10 -K "$SCRATCH.curl" -D "$SCRATCH.head" \
    -o "$SCRATCH.body" -w '%{http_code} %{time_connect} %{time_appconnect}\n' >"$SCRATCH.status" 2>"$SCRATCH.error"
  CURL_STATUS=$?
  : >"$SCRATCH.curl"
  read -r REPLY CURL_TIMES <"$SCRATCH.status" || REPLY=000
}

# take_header PATTERN: sets REPLY to the value of the last header that begins so, in whatever case.
take_header() {
  local line
  REPLY=''
  while read -r line; do
    line=${line%$'\r'}
    REPLY=${line#*:}
  done < <(LC_ALL=C grep -i "^$1" "$SCRATCH.head")
  REPLY=${REPLY#"${REPLY%%[! ]*}"}
  [ -n "$REPLY" ]
}
