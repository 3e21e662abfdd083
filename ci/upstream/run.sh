#!/usr/bin/env bash
# Permission checks in front of an emulator of the user's own: stock scenarios on rights, roles and keys, with moto in LocalStack's
# place. usage: ci/upstream/run.sh; LINCHPIN names another program to try.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${LINCHPIN:-target/release/linchpin}
environment=$PWD/target/upstream
report=$PWD/target/linchpin/upstream
# It judges bucket policies on its own, without knowing who calls.
known="encryption/demanded-header s3-policy/bucket-policy"

[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r ci/upstream/requirements.txt

mkdir -p "$report"
"$environment/bin/moto_server" -H 127.0.0.1 -p 0 >"$report/moto.log" 2>&1 &
moto=$!
trap 'kill "$moto"' EXIT
# It says where it listens once it does.
until url=$(grep -o 'http://127.0.0.1:[0-9]*' "$report/moto.log"); do
    kill -0 "$moto" 2>/dev/null || { cat "$report/moto.log"; exit 1; }
    sleep 0.1
done

code=0
"$program" check --upstream "$url" s3-policy keys-and-roles encryption --report "$report" \
    >"$report/table" 2>"$report/progress" || code=$?
cat "$report/table"
[ "$code" -lt 2 ] || { tail -n 5 "$report/progress"; exit "$code"; }
failed=$(sed -n 's/^FAIL \([^ ]*\).*/\1/p' "$report/table" | paste -sd ' ')
[ "$failed" = "$known" ] || { echo "on moto \`$known\` fail, and nothing else; here it is: \`$failed\`"; exit 1; }
