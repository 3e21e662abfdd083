#!/usr/bin/env bash
# COPY and UNLOAD with psql, over TLS with the host name verified.
set -euo pipefail
run() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --command "$1"; }
[ "$(psql --no-psqlrc -c '\conninfo' | grep -c 'SSL connection')" = 1 ]
run "create table psql_tour (id integer, name varchar(20))"
run "insert into psql_tour values (1, 'one'), (2, null)"
told() { [ "$(run "$2" 2>&1)" = "INFO:  $1" ]; }
told "UNLOAD completed, 2 record(s) unloaded successfully." \
    "unload ('select * from psql_tour') to 's3://$LINCHPIN_BUCKET/psql/t_' iam_role '$LINCHPIN_ROLE_ARN' gzip manifest"
run "create table psql_again (like psql_tour)"
told "Load into table 'psql_again' completed, 2 record(s) loaded successfully." \
    "copy psql_again from 's3://$LINCHPIN_BUCKET/psql/t_manifest' iam_role '$LINCHPIN_ROLE_ARN' gzip manifest null as ''"
[ "$(run 'select id, name from psql_again order by id')" = $'1|one\n2|' ]
echo "psql: COPY and UNLOAD over TLS"
