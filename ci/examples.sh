#!/usr/bin/env bash
# The worked examples of connectors in the built-in agent's place: the one in Python through every stock scenario, the shell's,
# each of whose AWS calls starts a program for half a second, through some.
# usage: ci/examples.sh [EXAMPLE ...], where an example is a folder of scenarios/examples.
# LINCHPIN names another program to try.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${LINCHPIN:-target/release/linchpin}
environment=$PWD/target/clients
export PATH=$environment/bin:$PATH PYTHONDONTWRITEBYTECODE=1
[ $# -gt 0 ] || set -- python shell

[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r ci/clients/requirements.txt

# The scenarios that an example is tried with; none: all.
filters() { [ "$1" != shell ] || echo s3-policy keys-and-roles airbyte/region region/copy-region region/unload-region ssl; }

failed=()
for name in "$@"; do
    report=target/linchpin/examples/$name
    mkdir -p "$report"
    echo "$name:"
    # shellcheck disable=SC2046 # a word is a filter
    "$program" check $(filters "$name") --connector "scenarios/examples/$name/connector.yaml" --report "$report" \
        2>"$report/progress" || { failed+=("$name") && tail -n 5 "$report/progress"; }
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
