# note_fault STATUS WAY URL: notes why the last request led nowhere, unless another way led further.
note_fault() {
  local step=ping words fault
  if [ "$1" = 000 ]; then
    failed_step "$3"
    step=$REPLY
    fault=$(curl_error)
    curl_words "$fault"
    words=$REPLY
    case $CURL_STATUS,$2 in
      35,own | 35,public) ! speaks_http || words='http: server gave HTTP response to HTTPS client' ;;
    esac
  else
    portal_words "$1"
    words=$REPLY fault=$REPLY
  fi
  case $REGISTRY_STEP,$step in
    curl,* | dns,* | tcp,tls | tcp,ping | tls,ping)
      REGISTRY_STEP=$step REGISTRY_FAULT=${fault:-$words} REGISTRY_WORDS=$words
      ;;
  esac
}

# speaks_http: whether plain HTTP gets an answer where https got none. Nothing is sent but the question.
speaks_http() {
  request "url = \"http://$REGISTRY_HOST/v2/\""
  [ "$REPLY" != 000 ]
}

# portal_words STATUS: sets REPLY to what is wrong with an answer that is not one of a registry.
portal_words() {
  case $1 in
    200 | 30?) REPLY="unexpected HTTP status: 200 OK" ;;
    401) REPLY='unexpected media type text/html: 401' ;;
    *) answer_words "$1" ;;
  esac
}

# failed_step URL: sets REPLY to the step at which a request got no answer: dns, tcp, tls or ping.
failed_step() {
  case $CURL_STATUS,$CURL_TIMES,$1 in
    5,* | 6,*) REPLY=dns ;;
    7,*) REPLY=tcp ;;
    35,* | 51,* | 53,* | 58,* | 59,* | 60,* | 66,* | 77,* | 80,* | 83,* | 90,* | 91,*) REPLY=tls ;;
    *,0.000000*) REPLY=tcp ;;
    *' 0.000000',https:*) REPLY=tls ;;
    *) REPLY=ping ;;
  esac
}

# curl_error: prints why curl got no answer, as it says so.
curl_error() {
  LC_ALL=C sed -n 's/^curl: //p' "$SCRATCH.error" | LC_ALL=C tr -d '\000-\011\013-\037\177' | head -n 1
}

# curl_words ERROR: sets REPLY to why there was no answer, in the words of engines, which the table of failures knows.
curl_words() {
  case $CURL_STATUS,$1 in
    5,*) REPLY='proxyconnect tcp: no such host' ;;
    6,*) REPLY='no such host' ;;
    7,*route* | 7,*unreachable*) REPLY='no route to host' ;;
    7,*) REPLY='connect: connection refused' ;;
    28,* | 124,*) REPLY='i/o timeout' ;;
    *' from proxy '*) REPLY='proxyconnect tcp: unexpected EOF' ;;
    60,*expired* | 60,*'not yet valid'*) REPLY='x509: certificate has expired or is not yet valid' ;;
    51,* | 60,*'ubject name'* | 60,*'host name'*) REPLY='x509: certificate is valid for another name' ;;
    60,* | 77,* | 83,*) REPLY='x509: certificate signed by unknown authority' ;;
    35,*) REPLY='TLS handshake: connection reset by peer' ;;
    *) REPLY='unexpected EOF' ;;
  esac
}
