#!/bin/sh
# Starts Couchbase; beside it, on the first start, makes a cluster of one node with one bucket.
set -u

initialise() {
  until curl -fsS -o /dev/null http://localhost:8091/ui/index.html 2>/dev/null; do
    sleep 1
  done
  set -- --cluster localhost --username "$COUCHBASE_USER" --password "$COUCHBASE_PASSWORD"
  couchbase-cli server-list "$@" >/dev/null 2>&1 && return

  couchbase-cli cluster-init --cluster localhost \
    --cluster-username "$COUCHBASE_USER" --cluster-password "$COUCHBASE_PASSWORD" \
    --services data,index,query,fts \
    --cluster-ramsize 1024 --cluster-index-ramsize 512 --cluster-fts-ramsize 512 &&
    couchbase-cli bucket-create "$@" --bucket "$COUCHBASE_BUCKET" \
      --bucket-type couchbase --bucket-ramsize 512 --wait
}

initialise &
exec /entrypoint.sh couchbase-server
