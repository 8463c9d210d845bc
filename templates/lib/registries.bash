# What is known of each registry that was opened, so that one after the other can be asked.
HOSTS=()
URLS=()
TRUSTS=()
ASKS=()
REALMS=()
SERVICES=()
LOGINS=()
HIDDEN=()

# note_registry: keeps what is known of the registry at hand.
note_registry() {
  HOSTS+=("$REGISTRY_HOST")
  URLS+=("$REGISTRY_URL")
  TRUSTS+=("$REGISTRY_TRUST")
  ASKS+=("$REGISTRY_ASKS")
  REALMS+=("$REGISTRY_REALM")
  SERVICES+=("$REGISTRY_SERVICE")
  LOGINS+=("$REGISTRY_LOGIN")
  HIDDEN+=("$REGISTRY_HIDDEN")
}

# enter_registry HOST: from now on that registry is at hand; returns 1 where this script cannot ask it anything.
enter_registry() {
  local number
  number_of "$1" || return 1
  number=$REPLY
  REGISTRY_HOST=$1 REGISTRY_URL=${URLS[$number]} REGISTRY_TRUST=${TRUSTS[$number]} REGISTRY_ASKS=${ASKS[$number]}
  REGISTRY_REALM=${REALMS[$number]} REGISTRY_SERVICE=${SERVICES[$number]}
  REGISTRY_LOGIN=${LOGINS[$number]} REGISTRY_HIDDEN=${HIDDEN[$number]}
  [ -n "$REGISTRY_URL" ] && { [ -z "$REGISTRY_HIDDEN" ] || [ -z "$REGISTRY_ASKS" ]; }
}

# number_of HOST: sets REPLY to the place of a registry among those that are known; returns 1 where it has none.
number_of() {
  for REPLY in ${HOSTS[@]+"${!HOSTS[@]}"}; do
    [ "${HOSTS[$REPLY]}" != "$1" ] || return 0
  done
  return 1
}

# open_sources: opens the registries that images come from, proxies first. What the environment has for the target is not
# for them.
open_sources() {
  local INSECURE='' USERNAME='' PASSWORD='' names name host
  source_names
  for name in ${names[@]+"${names[@]}"}; do
    host=${name%%/*}
    number_of "$host" && continue
    if open_registry "$host"; then
      know_repositories ${names[@]+"${names[@]}"}
    else
      leave_out "$host"
    fi
    note_registry
  done
}

# source_names: sets names to those by which images are asked for.
source_names() {
  local source proxy
  names=()
  for proxy in ${VIA[@]+"${VIA[@]}"} ''; do
    for source in ${SOURCES[@]+"${SOURCES[@]}"}; do
      qualify "$source"
      names+=("${proxy:+$proxy/}$REPLY")
    done
  done
}

# know_repositories IMAGE...: has the registry at hand give one token for those of these images that are there, some at
# a time. One that it gives no right to gets a token of its own, or the reason.
know_repositories() {
  local image repositories
  repositories=()
  [ "$REGISTRY_ASKS" = bearer ] && [ -z "$REGISTRY_HIDDEN" ] || return 0
  for image in "$@"; do
    qualify "$image"
    [ "${REPLY%%/*}" = "$REGISTRY_HOST" ] || continue
    untagged "$REPLY"
    repositories+=("${REPLY#*/}")
    [ "${#repositories[@]}" -eq 20 ] || continue
    token_for ${repositories[@]+"${repositories[@]}"}
    repositories=()
  done
  [ "${#repositories[@]}" -eq 0 ] || token_for "${repositories[@]}"
}

# token_for REPOSITORY...: one token to pull all of these, laid down for each.
token_for() {
  local repository until=0 lines
  lines=("url = \"$REGISTRY_REALM\"" "data-urlencode = \"service=$REGISTRY_SERVICE\"")
  for repository in "$@"; do lines+=("data-urlencode = \"scope=repository:$repository:pull\""); done
  basic_proof
  request get ${lines[@]+"${lines[@]}"} "$REPLY"
  [ "$REPLY" = 200 ] && take_token || return 0
  for repository in "$@"; do
    (umask 077 && printf '%s\n' "$until" "$REPLY" >"$WORK/token.pull.$REGISTRY_HOST%${repository//\//%}")
  done
}
