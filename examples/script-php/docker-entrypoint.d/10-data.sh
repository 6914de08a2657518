#!/bin/sh
set -e
mkdir -p /srv/data
chown -R www-data /srv/data
