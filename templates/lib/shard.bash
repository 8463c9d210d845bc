# The share of this run: SHARD of SHARDS; without SHARDS it is all images.
SHARD=''
SHARDS=''

# take_shard --shard K/N: for take_flag.
take_shard() {
  need_value "$@"
  case $2 in
    */*) ;;
    *) die 2 "$MSG_BAD_SHARD" "$2" ;;
  esac
  SHARD=${2%%/*}
  SHARDS=${2#*/}
  need_number "$1" "$SHARDS" 1 999
  need_number "$1" "$SHARD" 1 "$SHARDS"
  REPLY=2
}

# in_shard SOURCE: whether an image is in the share of this run. That depends on its name alone, so that another image
# in the list moves none.
in_shard() {
  local at code sum=0
  [ -n "$SHARDS" ] || return 0
  for ((at = 0; at < ${#1}; at++)); do
    printf -v code '%d' "'${1:at:1}"
    sum=$(((sum * 31 + code) % 1000003))
  done
  [ $((sum % SHARDS + 1)) -eq "$SHARD" ]
}
