#!/usr/bin/env bash
# Runs the command lines of README.md's shell blocks, as a newcomer would, but for `check` and `test`: those are steps of
# their own in .ci/run, on the same clean clone. What takes containers is run where LINCHPIN_STACK says `containers`.
set -euo pipefail
cd "$(dirname "$0")/.."
awk '/^```sh$/{on=1; next} /^```$/{on=0} on' README.md | while IFS= read -r line; do
    case "$line" in
        "cargo run --release -- check" | "cargo test") continue ;;
        *"--stack containers"*) [ "${LINCHPIN_STACK:-}" = containers ] || continue ;;
    esac
    echo "\$ $line"
    bash -c "$line" </dev/null
done
