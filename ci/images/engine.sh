#!/usr/bin/env bash
# A Docker engine for machines where none runs, from Debian's packages, without systemd.
# usage: ci/images/engine.sh start|stop [FOLDER]; `stop` ends only what `start` with the same FOLDER started.
set -euo pipefail
folder=${2:-/var/lib/linchpin-engine}

install_engine() {
    command -v dockerd >/dev/null && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables ca-certificates
}

start() {
    docker info >/dev/null 2>&1 && echo "an engine answers already" && return
    install_engine
    mkdir -p "$folder"
    setsid dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
        >"$folder/log" 2>&1 </dev/null &
    local engine=$!
    until docker info >/dev/null 2>&1; do
        kill -0 "$engine" 2>/dev/null || { tail -n 20 "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    echo "the engine is up; its log is $folder/log"
}

stop() {
    [ -e "$folder/pid" ] || { echo "no engine was started in $folder"; return; }
    kill "$(cat "$folder/pid")"
    while [ -e "$folder/pid" ]; do sleep 0.1; done
}

case "${1:-}" in
    start | stop) "$1" ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
