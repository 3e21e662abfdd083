#!/usr/bin/env bash
# Real clients against the product: each tour in a stack of its own, through `linchpin exec`.
# usage: ci/clients/run.sh [TOUR ...], where a tour is a name of the table below. LINCHPIN names another program to try.
set -euo pipefail
cd "$(dirname "$0")"
program=${LINCHPIN:-$PWD/../../target/release/linchpin}
environment=$PWD/../../target/clients
export PATH=$environment/bin:$PATH PYTHONPATH=$PWD:$PWD/warehouse PYTHONDONTWRITEBYTECODE=1
export AWS_PAGER=

declare -A tours=(
    [psql]="bash warehouse/psql_tour.sh"
    [redshift_connector]="python warehouse/redshift_connector_tour.py"
    [psycopg]="python warehouse/psycopg_tour.py"
    [psycopg2]="python warehouse/psycopg2_tour.py"
    [asyncpg]="python warehouse/asyncpg_tour.py"
    [iam_login]="python warehouse/iam_login.py"
    [sqlalchemy]="python warehouse/sqlalchemy_tour.py"
    [awswrangler]="python warehouse/awswrangler_tour.py"
    [tokio_postgres]="cargo run --quiet --locked --package tokio-postgres-tour"
    [jdbc]="java -Dfile.encoding=UTF-8 -cp /usr/share/java/postgresql.jar warehouse/JdbcTour.java"
    [trust_store]="bash warehouse/trust_store_tour.sh"
    [authentication]="python cloud/authentication.py"
    [boto3]="python cloud/tour.py boto3"
    [cli]="python cloud/tour.py cli"
    [aws_s3]="bash cloud/aws_s3.sh"
    [tls]="python cloud/tls.py"
    [instance]="python cloud/instance.py"
)
# What a tour's stack is asked for besides.
declare -A options=(
    [boto3]="--issuer https://issuer.example=cloud/issuer.json"
    [cli]="--issuer https://issuer.example=cloud/issuer.json"
    [tls]="--tls"
    [instance]="--credentials instance"
)
[ $# -gt 0 ] || set -- $(printf '%s\n' "${!tours[@]}" | sort)

[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt

failed=()
for name in "$@"; do
    "$program" exec ${options[$name]:-} -- ${tours[$name]} || failed+=("$name")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
