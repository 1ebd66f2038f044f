#!/bin/sh
# Writes .env for `docker compose`: passwords made here, and which parts run. An .env that is there stays as it is.
set -eu
file="${1:-.env}"
[ ! -e "$file" ] || { echo "$file is there already; nothing was changed"; exit 0; }
secret() { od -An -tx1 -N24 /dev/urandom | tr -d ' \n'; }
umask 077
cat > "$file.new" <<EOF
# Parts that run beside edges, aggregator and dashboard. Leave out monitoring where you have your own; leave out kafka, clickhouse or postgres
# and set KAFKA_BROKERS, CLICKHOUSE_URL (CLICKHOUSE_USER, CLICKHOUSE_PASSWORD) or DATABASE_URL to use yours.
COMPOSE_PROFILES=kafka,clickhouse,postgres,monitoring
CLICKHOUSE_PASSWORD=$(secret)
POSTGRES_PASSWORD=$(secret)
GRAFANA_PASSWORD=$(secret)
# As browsers reach the edges and the dashboard:
EDGE_URL=http://127.0.0.1:8787
ORIGIN=http://127.0.0.1:3000
EOF
mv "$file.new" "$file"
echo "$file was written; read it, then: docker compose up --build --detach"
