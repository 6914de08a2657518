#!/bin/sh
# What the entrypoint of a PHP image does: options alone mean php-fpm, files get their
# owner and their contents, nginx is started beside, and php-fpm takes the script's place.
set -e
[ "${1#-}" = "$1" ] || set -- php-fpm "$@"
if [ "$1" = php-fpm ]; then
  : "${GREETING:?is not set}"
  mkdir -p data
  chown -R www-data data
  sed "s/\${WORKERS}/${WORKERS:-2}/" php-fpm.conf.template >/run/php-fpm.conf
  nginx
fi
exec "$@"
