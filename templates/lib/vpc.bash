# vpc_name IMAGE: sets REPLY to the name by which a host inside the cloud pulls it. What is pinned by a digest has that of
# the registry alone, for no other name can be given to it here.
vpc_name() {
  REPLY=$1
  case $VPC_HOST,$1 in
    ,* | *@*) ;;
    *,"$REGISTRY_HOST"/*) REPLY=$VPC_HOST/${1#*/} ;;
  esac
}
