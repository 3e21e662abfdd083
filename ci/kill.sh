#!/usr/bin/env bash
# Ends `linchpin check` at random moments: TIMES times with SIGKILL, then three times each with SIGINT and SIGTERM. Then runs
# it once to its end: no PostgreSQL server and no folder of ours may be left. usage: ci/kill.sh [TIMES]
set -euo pipefail
cd "$(dirname "$0")/.."
program=target/release/linchpin
times=${1:-20}

killed=()

# Other runs may be alive beside this script: only what bears the process id of a killed run counts.
ours() {
    for pid in "${killed[@]}"; do
        pgrep -fa "postgres.*linchpin-$pid-" || true
        ls -d /dev/shm/linchpin-"$pid"-* "${TMPDIR:-/tmp}"/linchpin-"$pid"-* 2>/dev/null || true
    done
}

end_with() {
    # Without job control a shell has SIGINT ignored in what it starts in the background: Python gives it back.
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$program" check >/dev/null 2>&1 &
    local pid=$!
    killed+=("$pid")
    sleep "$((RANDOM % 5)).$((RANDOM % 9 + 1))"
    kill -s "$1" "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

for _ in $(seq "$times"); do end_with KILL; done
for signal in INT TERM INT TERM INT TERM; do end_with "$signal"; done
"$program" check s3-policy/copy-only >/dev/null 2>&1
# A killed server has two seconds to be gone.
for _ in $(seq 20); do
    [ -z "$(ours)" ] && echo "nothing is left after $times ends" && exit 0
    sleep 0.1
done
echo "left after $times ends:"
ours
exit 1
