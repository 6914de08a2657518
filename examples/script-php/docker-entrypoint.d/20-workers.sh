#!/bin/sh
sed "s/\${WORKERS}/${WORKERS:-2}/" /srv/php-fpm.conf.template >/run/php-fpm.conf
