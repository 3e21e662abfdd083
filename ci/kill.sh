#!/usr/bin/env bash
# Kills `linchpin check` with SIGKILL at random moments, then runs it once to its end: no PostgreSQL server and no
# folder of ours may be left. usage: ci/kill.sh [TIMES]
set -euo pipefail
cd "$(dirname "$0")/.."
program=target/release/linchpin
times=${1:-20}

ours() {
    pgrep -fa 'postgres.*linchpin-' || true
    ls -d /dev/shm/linchpin-* "${TMPDIR:-/tmp}"/linchpin-* 2>/dev/null || true
}

for _ in $(seq "$times"); do
    "$program" check >/dev/null 2>&1 &
    pid=$!
    sleep "0.$((RANDOM % 9 + 1))"
    sleep "$((RANDOM % 2))"
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
done
"$program" check s3-policy/copy-only >/dev/null 2>&1
# A killed server has two seconds to be gone.
for _ in $(seq 20); do
    [ -z "$(ours)" ] && echo "nothing is left after $times kills" && exit 0
    sleep 0.1
done
echo "left after $times kills:"
ours
exit 1
