#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A throw-away PostgreSQL of this checkout: its own cluster, on a unix socket only, beside any server already running.
#   pg.sh start        makes and starts it when it is not running; prints its URL
#   pg.sh url [NAME]   prints the URL of database NAME (default: entente)
#   pg.sh fresh NAME   drops and creates database NAME, prints its URL
#   pg.sh drop NAME    drops it
#   pg.sh stop         stops it and deletes its files
# The socket's path may not be long and user postgres must be able to enter, so the files are in /tmp. Nothing in it is worth
# keeping: it runs without fsync unless ENTENTE_PG_DURABLE=1 (for benchmarks) when it is started; ENTENTE_PG_BUFFERS=1GB: more memory.
set -euo pipefail
tree=$(cd "$(dirname "$0")/.." && pwd -P)
dir=/tmp/entente-pg-$(id -u)-$(printf %s "$tree" | sha256sum | cut -c1-8)
port=5432
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || { echo 'pg.sh: PostgreSQL is not installed (scripts/setup.sh test)' >&2; exit 1; }

# initdb and the server refuse to run as root.
as() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
url() { echo "postgres://entente@/${1:-entente}?host=$dir&port=$port"; }
sql() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 "$(url postgres)" -c "$1"; }
running() { "$bin/pg_isready" -q -h "$dir" -p $port; }

start() {
  mkdir -p "$dir"
  exec 9>"$dir.lock"
  flock 9
  running && return
  [ "$(id -u)" = 0 ] && chown postgres "$dir"
  chmod 755 "$dir"
  if [ ! -f "$dir/data/PG_VERSION" ]; then
    rm -rf "$dir/data"
    as "$bin/initdb" -D "$dir/data" -U entente -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir.initdb" 2>&1 ||
      { cat "$dir.initdb" >&2; exit 1; }
  fi
  local opts="-c listen_addresses= -c unix_socket_directories=$dir -c port=$port -c max_connections=200"
  opts+=" -c shared_buffers=${ENTENTE_PG_BUFFERS:-128MB} -c shared_preload_libraries=pg_stat_statements" # counts pages (bench/work.c)
  [ "${ENTENTE_PG_DURABLE:-0}" = 1 ] || opts+=' -c fsync=off -c synchronous_commit=off -c full_page_writes=off'
  # The server must not hold our lock, nor the pipe somebody reads our output from.
  as "$bin/pg_ctl" -D "$dir/data" -w -s -t 60 -l "$dir/log" -o "$opts" start 9>&- >/dev/null || { cat "$dir/log" >&2; exit 1; }
  sql 'create database entente' 2>/dev/null || true
}

case ${1:-} in
start) start; url ;;
url) url "${2:-}" ;;
fresh)
  start
  sql "drop database if exists \"$2\" with (force)" 2>/dev/null
  sql "create database \"$2\""
  url "$2"
  ;;
drop) sql "drop database if exists \"$2\" with (force)" 2>/dev/null ;;
stop)
  [ ! -f "$dir/data/postmaster.pid" ] || as "$bin/pg_ctl" -D "$dir/data" -s -m immediate stop || true
  rm -rf "$dir" "$dir.lock" "$dir.initdb"
  ;;
*) sed -n '3,9s/^# //p' "$0" >&2; exit 2 ;;
esac
