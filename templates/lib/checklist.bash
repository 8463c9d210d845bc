# checklist: what has to be done once in the console of the registry and at GitHub; each box is ticked, left empty or
# marked as unknown by what climb has found.
checklist() {
  local login push space=unknown
  answer_of login
  login=$REPLY
  # Where nobody needs a login, nothing is known of one.
  [ -z "$REGISTRY_URL" ] || [ -n "$REGISTRY_ASKS" ] || login=unknown
  answer_of push
  push=$REPLY
  space=$push
  [ "$REPOSITORY_IS" != there ] || space=yes
  box "$(known "$login")" "$MSG_BOX_SERVICE" "$MSG_LOOK_SERVICE"
  box "$(known "$space")" "$MSG_BOX_NAMESPACE" "$MSG_LOOK_NAMESPACE"
  box "$(known "$push")" "$MSG_BOX_REPOSITORY" "$MSG_LOOK_REPOSITORY"
  visibility_box "$1"
  password_box "$login"
  box "$login" "$MSG_BOX_LOGIN" "$MSG_LOOK_LOGIN"
  box unknown "$MSG_BOX_SECRETS" "$MSG_LOOK_SECRETS"
  box "$(known "$login")" "$MSG_BOX_ACCOUNT" "$MSG_LOOK_ACCOUNT"
  box "$(known "$login")" "$MSG_BOX_FIXED" "$MSG_LOOK_FIXED"
}

# known ANSWER: what a yes proves, a no leaves open.
known() {
  case $1 in
    yes) printf yes ;;
    *) printf unknown ;;
  esac
}

# box ANSWER TITLE HINT
box() {
  case $1 in
    yes) printf '  [x] %s\n' "$2" ;;
    no) printf '  [ ] %s: %s\n' "$2" "$3" ;;
    *) say "$MSG_BOX_UNKNOWN" "$2" "$3" ;;
  esac
}

# visibility_box REPOSITORY: who may read a repository is seen by one who is not logged in.
visibility_box() {
  local REGISTRY_LOGIN=''
  if [ "$REPOSITORY_IS" != there ] || [ -n "$REGISTRY_HIDDEN" ]; then
    box unknown "$MSG_BOX_PUBLIC" "$MSG_LOOK_PUBLIC"
    return
  fi
  rm -f "$WORK"/token.*
  prove "$1" pull && request "url = \"$REGISTRY_URL/v2/$1/tags/list?n=1\"" "$REPLY"
  case $REPLY in
    200) box yes "$MSG_BOX_IS_PUBLIC" ;;
    *) box yes "$MSG_BOX_IS_PRIVATE" ;;
  esac
}

# password_box LOGIN: a login that is accepted has a password; its form is known where the environment has it.
password_box() {
  local form=$1
  if [ -n "$PASSWORD" ]; then
    case $PASSWORD in
      *[[:lower:]]*) ;;
      *) form=no ;;
    esac
    case $PASSWORD in
      *[[:upper:]]*) ;;
      *) form=no ;;
    esac
    case $PASSWORD in
      ????????*) ;;
      *) form=no ;;
    esac
    case $PASSWORD in
      *[0-9]*) ;;
      *) form=no ;;
    esac
  fi
  [ "$form" != no ] || [ -n "$PASSWORD" ] || form=unknown
  box "$form" "$MSG_BOX_PASSWORD" "$MSG_LOOK_PASSWORD"
}
