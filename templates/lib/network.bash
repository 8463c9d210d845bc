# network_of CHOICE: sets NETWORK to external or internal, and says why. A choice on the command line comes
# first, then AI_INFRA_NETWORK_ENV_OVERRIDE, then AI_INFRA_NETWORK_ENV; without any it is internal.
network_of() {
  local choice reason
  for reason in --network AI_INFRA_NETWORK_ENV_OVERRIDE AI_INFRA_NETWORK_ENV; do
    case $reason in
      --network) choice=${1#auto} ;;
      *) choice=${!reason:-} ;;
    esac
    case $choice in
      '') ;;
      external | internal)
        NETWORK=$choice
        say "$MSG_NETWORK" "$NETWORK" "$reason"
        return
        ;;
      *) die 2 "$MSG_NETWORK_UNKNOWN" "$reason" "$choice" ;;
    esac
  done
  NETWORK=internal
  say "$MSG_NETWORK_ASSUMED"
}
