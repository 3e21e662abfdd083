#!/usr/bin/env bash
# The image that build stages start from: a minimal Debian with this machine's package configuration, which never gets
# into a finished image. usage: ci/images/base.sh RELEASE
set -euo pipefail
release=$1
image=linchpin-build/debian:$release
docker image inspect "$image" >/dev/null 2>&1 && exit

# A Debian is made by root.
[ "$(id -u)" = 0 ] || exec sudo --preserve-env=DOCKER_HOST "$0" "$@"

install_debootstrap() {
    command -v debootstrap >/dev/null && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap
}

# Where this machine gets Debian from; without an answer debootstrap has its own default.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null | head -n 1
}

# How this machine fetches packages: proxies, checks and certificates.
copy_configuration() {
    apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/99machine"
    mkdir -p "$root/etc/ssl/certs"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/machine.crt"
    { grep -v '^ *cert' /etc/pip.conf 2>/dev/null || echo '[global]'; } >"$root/etc/pip.conf"
    echo 'cert = /etc/ssl/certs/machine.crt' >>"$root/etc/pip.conf"
}

# What a build stage runs last.
write_finish() {
    cat >"$root/usr/local/sbin/finish" <<'FINISH'
#!/bin/sh
rm -rf /etc/apt/sources.list /etc/apt/apt.conf.d/99machine /etc/pip.conf /etc/ssl/certs/machine.crt \
    /var/cache/apt /var/lib/apt/lists /var/log /usr/share/doc /usr/share/man /usr/local/sbin/finish
FINISH
    chmod +x "$root/usr/local/sbin/finish"
}

install_debootstrap >&2
root=$(mktemp -d)
trap 'rm -rf "$root" "$root.log"' EXIT
chmod 755 "$root"
echo "building the base of Debian $release"
mirror=$(mirror)
# A release newer than this debootstrap is made by sid's script, which a mirror must stand before.
debootstrap --variant=minbase "$release" "$root" ${mirror:+"$mirror" sid} >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; exit 1; }
copy_configuration
write_finish
tar -C "$root" --exclude './var/cache/apt/*' --exclude './var/lib/apt/lists/*' -c . |
    docker import --change 'LABEL linchpin.recipe=base' - "$image" >/dev/null
