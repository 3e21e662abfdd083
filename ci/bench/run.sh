#!/usr/bin/env bash
# The benchmarks, one JSON document each on standard output. usage: ci/bench/run.sh [NAME..]
set -euo pipefail
cd "$(dirname "$0")"
environment=$PWD/../../target/bench/python

command -v "${PGBOUNCER:-pgbouncer}" >/dev/null || { echo "PgBouncer is not installed: it is the reference" >&2; exit 1; }
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
[ $# -gt 0 ] || set -- pass_through load_unload memory clients large_object first_session evaluation
for name in "$@"; do
    PYTHONDONTWRITEBYTECODE=1 "$environment/bin/python" "$name.py"
done
