#!/bin/sh
envsubst '${PORT} ${GREETING}' </srv/nginx.conf.template >/run/nginx.conf
