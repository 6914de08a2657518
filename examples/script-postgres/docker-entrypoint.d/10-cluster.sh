#!/bin/sh
# What is left of the script: the cluster at the first start.
set -e
cd /var/lib/postgresql/data
[ ! -e db ] || exit 0
rm -rf new
setpriv --reuid=postgres --regid=postgres --init-groups sh -c '
  echo "$POSTGRES_PASSWORD" | initdb -D new --auth-host=scram-sha-256 --pwfile=/dev/stdin'
mv new db
