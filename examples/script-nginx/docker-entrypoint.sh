#!/bin/sh
# What the entrypoint of a web server's image does: nginx.conf is made of the environment,
# and then the server takes the place of the script.
set -e
export PORT="${PORT:-8080}" GREETING="${GREETING:?is not set}"
envsubst '${PORT} ${GREETING}' <nginx.conf.template >/run/nginx.conf
nginx -t -q -c /run/nginx.conf
exec "$@"
