# The images to pull, and the platform of each.
SOURCES=()
PLATFORMS=()

# Whether to pull what is already there, too.
ALWAYS=''

main() {
  parse_flags "$@"
  images
  check_selection
  case $MODE in
    list) list ;;
    dry-run) dry_run pull_image ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_PULL" "${0##*/}"
  say "$MSG_HELP"
}

take_flag() {
  case $1 in
    --always)
      ALWAYS=yes
      AGAIN+=(--always)
      REPLY=1
      ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --shard) take_shard "$@" ;;
    --result) take_result "$@" ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE [PLATFORM]: one line of the list below.
image() {
  selected "$1" && in_shard "$1" || return 0
  SOURCES+=("$1")
  PLATFORMS+=("${2:-$PLATFORM}")
}

list() {
  [ "${#SOURCES[@]}" -eq 0 ] || printf '%s\n' "${SOURCES[@]}"
}

run() {
  find_engine
  open_result
  open_workdir
  need_engine
  name_engine
  warn_low_disk
  open_progress "${#SOURCES[@]}"
  run_pool pull_image "${#SOURCES[@]}" "$JOBS"
  summarise
}

# pull_image NUMBER: a job of the pool. Done is only what is there with the right platform.
pull_image() {
  local name platform=${PLATFORMS[$1]}
  engine_name "${SOURCES[$1]}"
  name=$REPLY
  [ "$MODE" = dry-run ] || [ -n "$ALWAYS" ] || ! is_here "$name" "$platform" || return 10
  insist "$1" "$ENGINE" pull --platform "$platform" "$name" || return 1
  [ "$MODE" = dry-run ] || is_here "$name" "$platform" && return
  say "$MSG_WRONG_PLATFORM" "${REPLY:-?}" "$platform"
  fail_as "$1" wrong-platform
}

# What errors are signs of: the class, whether the failure may pass, its cause, its cure, and patterns of the last
# line. The first line that fits counts.
failures() {
  failure disk-full no 'the disk is full' 'make room where the engine keeps its images: docker system df shows what takes it' '*no space left on device*' '*disk quota exceeded*'
  failure engine-gone no 'the engine does not answer any more' 'start it again and run the command below' '*Cannot connect to the Docker daemon*' '*failed to connect to the docker API*' '*permission denied while trying to connect*' '*Cannot connect to Podman*'
  failure credential-helper no 'the program that keeps the logins does not work' 'install it, or take credsStore out of the engine'\''s config.json and log in again' '*error getting credentials*'
  failure rate-limit slowly 'the registry wants fewer requests' 'log in to it, run with --jobs 1, or come back later' '*toomanyrequests*' '*429 Too Many*' '*HTTP 429*' '*rate limit*' '*Too Many Requests*'
  failure no-platform no 'the image is not made for this platform' 'choose a tag that is, or another platform for its service' '*no matching manifest for *' '*no match for platform*' '*no image found in manifest list*' '*no image found in image index*' '*does not provide the specified platform*' '*cannot be used on this platform*'
  failure certificate no 'the registry'\''s certificate is not trusted' 'give the engine its CA (/etc/docker/certs.d/HOST/ca.crt), and look at the clock' '*x509:*' '*failed to verify certificate*' '*certificate has expired*' '*certificate signed by unknown*'
  failure plain-http no 'the registry speaks HTTP and not HTTPS' 'list it under insecure-registries in daemon.json, or give it a certificate' '*server gave HTTP response to HTTPS client*' '*first record does not look like a TLS*'
  failure quota no 'the project at the registry is full' 'raise its quota there, or remove old images' '*will exceed the configured upper limit*' '*quota*'
  failure immutable-tag no 'the registry does not let this tag change' 'push another tag, or change the rule there' '*configured as immutable*' '*tag is immutable*'
  failure no-namespace no 'the registry has no such namespace or repository' 'make it there first, or let it make repositories by itself' '*project * not found*' '*NAME_UNKNOWN*' '*name unknown*' '*repository name not known*' '*namespace * not found*'
  failure too-large no 'a proxy before the registry takes no uploads of this size' 'raise its limit (nginx: client_max_body_size 0)' '*413 Request Entity*' '*413 Payload*' '*status: 413*'
  failure not-a-registry no 'something else than a registry answered with a web page' 'look for a login page of the network, a proxy, or a wrong address' '*invalid character '\''<'\''*' '*unexpected media type text/html*' '*text/html*'
  failure not-found no 'there is no such image' 'correct its name or tag' '*manifest unknown*' '*manifest for * not found*' '*: not found' '*tag does not exist*' '*No such image*' '*does not exist locally*' '*image not known*'
  failure denied no 'the registry denies it, for one of four reasons that it does not tell apart' 'check in this order: the login, whether the namespace exists and is yours, whether the repository exists or is made by itself, your right to push' '*unauthorized to access repository*' '*access to the requested resource is not authorized*' '*insufficient_scope*' '*access denied*' '*requested access to the resource is denied*' '*permission_denied*' '*403 Forbidden*' '*denied: *' '*: denied'
  failure login no 'the registry wants a login, or another one' 'log in to it again as the user who runs this script' '*no basic auth credentials*' '*incorrect username or password*' '*unauthorized*' '*401 Unauthorized*' '*authentication required*' '*Authenticate Error*'
  failure name no 'this is no name of an image' 'correct it' '*invalid reference format*' '*repository name must be lowercase*'
  failure dns yes 'the name of the registry is not known here' 'look at the network and its DNS, and at the name' '*no such host*' '*server misbehaving*' '*name resolution*' '*Name or service not known*'
  failure network yes 'the line to the registry broke or was never there' 'look at the network, the proxy of the engine, and whether the registry runs' '*connection refused*' '*no route to host*' '*network is unreachable*' '*i/o timeout*' '*context deadline exceeded*' '*Client.Timeout*' '*TLS handshake timeout*' '*timeout awaiting response headers*' '*connection reset*' '*broken pipe*' '*unexpected EOF*' '*: EOF' '*httpReadSeeker*'
  failure server yes 'the registry is in trouble' 'come back later' '*received unexpected HTTP status: 5*' '*: 500 *' '*: 502 *' '*: 503 *' '*: 504 *' '*status: 5*' '*Internal Server Error*' '*Bad Gateway*' '*Service Unavailable*' '*Gateway Time*'
  failure timeout yes 'it took longer than --timeout allows' 'allow more, or look at the network'
  failure wrong-platform no 'the registry has this image for another platform only' 'choose a tag that has it, or another platform for its service'
  failure wrong-registry no 'the engine pushed to another registry' 'look at the engine'\''s aliases and mirrors before anything else is pushed'
  failure unknown no '' '' '*'
}

# The images, one a line.
images() {
  SOURCES=()
}

main "$@"
