#!/usr/bin/env bash
# The contract of the official image's entrypoint, as far as testcontainers' postgres module uses it: POSTGRES_USER,
# _PASSWORD, _DB, _HOST_AUTH_METHOD and _INITDB_ARGS, /docker-entrypoint-initdb.d, arguments for the server, and two
# "ready to accept connections": the temporary server's on stdout, the final one's on stderr.
set -euo pipefail
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}

become_postgres() {
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA"
    chmod 0700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

make_cluster() {
    if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
        echo "Error: Database is uninitialized and superuser password is not specified." >&2
        exit 1
    fi
    # shellcheck disable=SC2086
    initdb --username="$user" --pwfile=<(echo "${POSTGRES_PASSWORD:-unused}") --auth=trust --auth-host="$method" \
        ${POSTGRES_INITDB_ARGS:-}
    echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
}

run_sql() { psql -h /var/run/postgresql -U "$user" -d "$1" -v ON_ERROR_STOP=1 --no-password "${@:2}"; }

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sql) run_sql "$database" -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | run_sql "$database" ;;
            # shellcheck disable=SC1090
            *.sh) . "$file" ;;
        esac
    done
}

first_start() {
    make_cluster
    pg_ctl -D "$PGDATA" -o "-c listen_addresses='' ${*:2}" -w start
    [ "$database" = postgres ] || run_sql postgres -v name="$database" <<<'CREATE DATABASE :"name"'
    run_init_files
    pg_ctl -D "$PGDATA" -m fast -w stop
}

case "${1:-postgres}" in -*) set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"
[ "$(id -u)" != 0 ] || become_postgres "$@"
[ -s "$PGDATA/PG_VERSION" ] || first_start "$@"
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
