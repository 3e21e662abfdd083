#!/usr/bin/env bash
# Runs each command line of README.md from a clean clone, as a newcomer would; `check` and `test` are steps of their own
# in .ci/run, which runs before.
set -euo pipefail
cd "$(dirname "$0")/.."
awk '/^```sh$/{on=1; next} /^```$/{on=0} on' README.md | while IFS= read -r line; do
    case "$line" in
        "cargo run --release -- check" | "cargo test") continue ;;
    esac
    echo "\$ $line"
    bash -c "$line" </dev/null
done
