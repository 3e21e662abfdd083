#!/usr/bin/env bash
# A Docker engine for machines where none answers, from Debian's packages, without systemd. It listens where DOCKER_HOST says.
# usage: ci/images/engine.sh start|stop [FOLDER]; `stop` ends only what `start` with the same FOLDER started.
set -euo pipefail
folder=${2:-/var/lib/linchpin-engine}
PATIENCE=120

fail() { echo "ci/images/engine.sh: $*" >&2; exit 1; }

answers() { docker info >/dev/null 2>&1; }

# The engine, and the program that speaks to it: a package of its own from Debian 13 on.
install_engine() {
    local packages=(docker.io iptables ca-certificates)
    command -v dockerd >/dev/null && command -v docker >/dev/null && return
    apt-get update -qq
    [ -z "$(apt-cache search --names-only '^docker-cli$')" ] || packages+=(docker-cli)
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
}

# An engine refuses a flag that the machine's own configuration sets too: what stands there stays.
flag() { grep -qs "\"${1#--}s\?\"" /etc/docker/daemon.json || flags+=("$@"); }

start() {
    answers && echo "an engine answers already" && return
    [ "$(id -u)" = 0 ] || fail "no engine answers at \`${DOCKER_HOST:-the usual socket}\`, and only root can start one"
    install_engine >&2
    answers && echo "the engine came up with its packages" && return
    mkdir -p "$folder"
    local flags=(--pidfile "$folder/pid" --exec-root "$folder/exec") waited=$SECONDS
    flag --data-root "$folder/data"
    [ -z "${DOCKER_HOST:-}" ] || flag --host "$DOCKER_HOST"
    setsid dockerd "${flags[@]}" >"$folder/log" 2>&1 </dev/null &
    local engine=$!
    until answers; do
        kill -0 "$engine" 2>/dev/null || { tail -n 20 "$folder/log" >&2; fail "the engine ended; its log is $folder/log"; }
        ((SECONDS - waited < PATIENCE)) || { kill "$engine"; fail "the engine does not answer; its log is $folder/log"; }
        sleep 0.1
    done
    echo "the engine is up; its log is $folder/log"
}

# A killed engine leaves its number behind, which another process may have by now.
stop() {
    local engine
    engine=$(cat "$folder/pid" 2>/dev/null) || { echo "no engine was started in $folder"; return; }
    [ "$(cat "/proc/$engine/comm" 2>/dev/null)" = dockerd ] || { rm "$folder/pid"; echo "the engine had ended"; return; }
    kill "$engine"
    while [ "$(cat "/proc/$engine/comm" 2>/dev/null)" = dockerd ]; do sleep 0.1; done
}

case "${1:-}" in
    start | stop) "$1" ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
