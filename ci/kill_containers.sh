#!/usr/bin/env bash
# What `linchpin check --stack containers` leaves behind: nothing after a normal end, a failing run, a start that fails,
# LocalStack's death in mid-run, SIGINT and SIGTERM; after SIGKILL the next run removes it. A run beside all of them must not
# be disturbed. (What a panic leaves, a test of scenarios/tests/containers shows.) usage: ci/kill_containers.sh [TIMES] [PROGRAM], where TIMES counts the ends by SIGKILL
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-3}
program=${2:-target/release/linchpin}
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
volumes=$(docker volume ls -q | sort)

of() { docker ps -aq --filter "label=linchpin.process=$1"; }

fail() {
    echo "$1"
    tail -n 20 "$report/$2.out" || true
    exit 1
}

# NAME ARGUMENT..: starts the program in the background, its output in `$report/NAME.out` and `.err`; its process is $!.
# Without job control a shell has SIGINT ignored in what it starts in the background: Python gives it back.
begin() {
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$program" "${@:2}" >"$report/$1.out" 2>"$report/$1.err" &
}

begin_check() { begin "$1" check --stack containers --jobs 2 --report "$report/$1" "${@:2}"; }

# NAME CODE TEXT PROCESS: the run ended so, told so in one line, and left nothing.
ended() {
    local code=0
    wait "$4" || code=$?
    cat "$report/$1.err" >>"$report/$1.out" 2>/dev/null || true
    [ "$code" = "$2" ] || fail "$1: exit code $code instead of $2" "$1"
    grep -qE "$3" "$report/$1.out" || fail "$1: nothing says \`$3\`" "$1"
    [ -z "$(of "$4")" ] || fail "$1: containers are left" "$1"
    echo "ok    $1: $(grep -m 1 -E "$3" "$report/$1.out" | cut -c-200)"
}

# NAME CODE TEXT: a run of one small scenario.
run() {
    begin_check "$1" "${filter:-s3-policy/resources}" "${@:4}"
    ended "$1" "$2" "$3" "$!"
}

kept_logs() { ls "$report/$1/logs" | grep -q "^$2" || fail "$1: no log of $2 is kept" "$1"; }

# A stock scenario that expects another error.
failing_run() {
    mkdir -p "$report/scenarios/s3-policy"
    sed 's/RequestTimeTooSkewed/NoSuchError/' scenarios/s3-policy/copy-only.yaml >"$report/scenarios/s3-policy/copy-only.yaml"
    filter=copy-only run "failing run" 1 'broke otherwise' --scenarios "$report/scenarios"
    kept_logs "failing run" localstack
    kept_logs "failing run" postgres
}

failed_starts() {
    LINCHPIN_POSTGRES_IMAGE=linchpin.invalid/none:1 run "no image" 2 'LINCHPIN_POSTGRES_IMAGE.*ci/images'
    LINCHPIN_LOCALSTACK_IMAGE=${LINCHPIN_POSTGRES_IMAGE:-postgres:15} run "no LocalStack" 2 'did not start: .* its log ends: Error'
    DOCKER_HOST=unix://$report/nowhere begin_check "no engine"
    ended "no engine" 2 'no container engine answers' "$!"
}

localstack_dies() {
    begin_check "no answer" s3-policy
    local pid=$! container=
    # It is killed once trials run.
    until grep -qs held "$report/no answer.err"; do
        kill -0 "$pid" || fail "no answer: ended too soon" "no answer"
        sleep 0.1
    done
    container=$(docker ps -q --filter "label=linchpin.process=$pid" --filter expose=4566)
    docker kill "$container" >/dev/null
    ended "no answer" 1 'a container ended in mid-run' "$pid"
    grep -q 'does not answer' "$report/no answer.out" || fail "no answer: no trial says so" "no answer"
    kept_logs "no answer" localstack
}

# It is told to end as soon as a container of it is there.
up_ends() {
    begin up up --stack containers
    local pid=$! code=0
    until [ -n "$(of "$pid")" ]; do
        kill -0 "$pid" || fail "up: ended too soon" up
        sleep 0.1
    done
    kill -s INT "$pid"
    wait "$pid" || code=$?
    [ "$code" = 130 ] && [ -z "$(of "$pid")" ] || fail "up: exit code $code, or containers are left" up
    echo "ok    up: SIGINT during its start leaves nothing"
}

end_with() {
    begin_check ended
    local pid=$!
    sleep "$((RANDOM % 20)).$((RANDOM % 9 + 1))"
    kill -s "$1" "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    echo "$1 $pid leaves $(of "$pid" | wc -l)"
    killed+=("$pid")
    [ "$1" = KILL ] || [ -z "$(of "$pid")" ] || fail "left after SIG$1" ended
}

killed=()
begin_check beside s3-policy
beside=$!
for _ in $(seq "$times"); do end_with KILL; done
for signal in INT TERM; do end_with "$signal"; done
up_ends
failed_starts
failing_run
localstack_dies
ended beside 0 'as told$' "$beside"
run "normal run" 0 'as told$'
for pid in "${killed[@]}"; do
    [ -z "$(of "$pid")" ] || { echo "left after $pid"; exit 1; }
done
[ "$(docker volume ls -q | sort)" = "$volumes" ] || { echo "volumes are left"; docker volume ls; exit 1; }
echo "nothing is left after $((times + 8)) ends"
