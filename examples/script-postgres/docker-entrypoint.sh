#!/bin/sh
# What the entrypoint of a database image does: a password from a file, a cluster at the
# first start, and then the server in place of the script, as the server's own user.
set -e
export POSTGRES_PASSWORD
if [ -n "$POSTGRES_PASSWORD_FILE" ]; then
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
fi
: "${POSTGRES_PASSWORD:?is not set, nor is POSTGRES_PASSWORD_FILE}"
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

mkdir -p data
chown -R postgres data
if ! [ -e data/db ]; then
  rm -rf data/new
  as_postgres sh -c 'echo "$POSTGRES_PASSWORD" | initdb -D data/new --auth-host=scram-sha-256 --pwfile=/dev/stdin'
  mv data/new data/db
fi
unset POSTGRES_PASSWORD
exec setpriv --reuid=postgres --regid=postgres --init-groups "$@" -D data/db
