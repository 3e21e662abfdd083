#!/usr/bin/env bash
# Ends `linchpin check --stack containers` at random moments: TIMES times with SIGKILL, then with SIGINT and SIGTERM. After a
# signal nothing may be left at once; after SIGKILL the next run removes what is. A run beside them must not be disturbed.
# usage: ci/kill_containers.sh [TIMES] [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-3}
program=${2:-target/release/linchpin}
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
volumes=$(docker volume ls -q | sort)

of() { docker ps -aq --filter "label=linchpin.process=$1"; }

# Without job control a shell has SIGINT ignored in what it starts in the background: Python gives it back.
begin() {
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$program" check --stack containers --jobs 2 --report "$report/$1" "${@:2}" \
        >"$report/$1.out" 2>&1 &
}

end_with() {
    begin ended
    local pid=$!
    sleep "$((RANDOM % 20)).$((RANDOM % 9 + 1))"
    kill -s "$1" "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    echo "$1 $pid leaves $(of "$pid" | wc -l)"
    killed+=("$pid")
    [ "$1" = KILL ] || [ -z "$(of "$pid")" ] || { echo "left after SIG$1"; exit 1; }
}

killed=()
begin beside s3-policy
beside=$!
for _ in $(seq "$times"); do end_with KILL; done
for signal in INT TERM; do end_with "$signal"; done
wait "$beside" || { echo "the run beside was disturbed:"; cat "$report/beside.out"; exit 1; }
begin last s3-policy/resources
wait "$!" || { cat "$report/last.out"; exit 1; }
for pid in "${killed[@]}"; do
    [ -z "$(of "$pid")" ] || { echo "left after $pid"; exit 1; }
done
[ "$(docker volume ls -q | sort)" = "$volumes" ] || { echo "volumes are left"; docker volume ls; exit 1; }
echo "nothing is left after $((times + 2)) ends"
