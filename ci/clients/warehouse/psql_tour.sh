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
refused() {
    local said
    if said=$(run "$2" 2>&1); then echo "was accepted: $2" >&2 && exit 1; fi
    [[ $said == "ERROR:  $1"* ]] || { echo "$said" >&2 && exit 1; }
}
run "unload ('select ''x7'', ''seven''') to 's3://$LINCHPIN_BUCKET/psql/bad_' iam_role '$LINCHPIN_ROLE_ARN' parallel off"
refused "Load into table 'psql_again' failed.  Check 'stl_load_errors' system table for details." \
    "copy psql_again from 's3://$LINCHPIN_BUCKET/psql/bad_' iam_role '$LINCHPIN_ROLE_ARN'"
[ "$(run "select trim(colname), err_code, trim(err_reason) from stl_load_errors")" = \
    "id|1207|Invalid digit, Value 'x', Pos 0, Type: Integer" ]
refused "Specified unload destination on S3 is not empty." \
    "unload ('select * from psql_tour') to 's3://$LINCHPIN_BUCKET/psql/t_' iam_role '$LINCHPIN_ROLE_ARN'"
refused "User arn:aws:redshift:" "copy psql_again from 's3://$LINCHPIN_BUCKET/psql/t_' iam_role '${LINCHPIN_ROLE_ARN}x'"
echo "psql: COPY and UNLOAD over TLS, and what is refused"
