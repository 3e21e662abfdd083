#!/usr/bin/env bash
# Real clients inside `linchpin exec`: each connects with TLS and runs a COPY and an UNLOAD.
set -euo pipefail
cd "$(dirname "$0")"
program=$PWD/../../target/release/linchpin
environment=$PWD/../../target/clients
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
"$program" exec -- "$environment/bin/python" redshift_connector_tour.py
"$program" exec -- bash psql_tour.sh
