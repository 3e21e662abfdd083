#!/usr/bin/env bash
# Builds the images that `--stack containers` runs, without a container registry. usage: ci/images/build.sh
# LINCHPIN_POSTGRES_IMAGE, LINCHPIN_LOCALSTACK_IMAGE and LINCHPIN_REGISTRY name them, as for linchpin itself.
set -euo pipefail
cd "$(dirname "$0")"
prefix=${LINCHPIN_REGISTRY:+${LINCHPIN_REGISTRY%/}/}
postgres=${LINCHPIN_POSTGRES_IMAGE:-${prefix}postgres:15}
localstack=${LINCHPIN_LOCALSTACK_IMAGE:-${prefix}localstack/localstack:4.5}
scratch=$(mktemp -d)

clean_up() {
    rm -rf "$scratch"
    # The base has this machine's package configuration; another run may still build from it.
    docker image ls --quiet linchpin-build/debian | xargs -r docker image rm >/dev/null 2>&1 || true
}
trap clean_up EXIT

fail() { echo "ci/images: $*" >&2; exit 1; }

# The version that an image's tag names: `postgres:15-bookworm` gives 15, `localstack:4.5` gives 4.5.
version_of() {
    local name=${1##*/}
    [[ $name == *:* ]] || fail "\`$1\` has no tag: name the version, as in \`postgres:15\`"
    [[ ${name##*:} =~ ^[0-9.]+ ]] || fail "the tag of \`$1\` does not start with a version"
    echo "${BASH_REMATCH[0]}"
}

# The Debian release that has this PostgreSQL.
release_with_postgres() {
    case "$1" in
        15) echo bookworm ;;
        17) echo trixie ;;
        18) echo forky ;;
        *) fail "no Debian release has PostgreSQL $1; there is 15, 17 and 18" ;;
    esac
}

# What decides how an image turns out.
recipe_hash() {
    (find "$1" base.sh -type f | LC_ALL=C sort | xargs cat && echo "$2") | sha256sum | cut -c1-16
}

# Pulled from a registry, or built from this recipe as it is now.
is_there() {
    local facts
    facts=$(docker image inspect --format '{{len .RepoDigests}} {{index .Config.Labels "linchpin.recipe"}}' "$1" 2>/dev/null) || return 1
    [[ $facts != "0 "* || $facts == "0 $2" ]]
}

build() {
    local recipe=$1 image=$2 release=$3 version=$4 hash
    hash=$(recipe_hash "$recipe" "$release $version")
    is_there "$image" "$hash" && echo "$image is there" && return
    ./base.sh "$release" || fail "no base image of Debian $release"
    echo "building $image from Debian $release"
    # The classic builder is the one that every engine has.
    DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" --label "linchpin.recipe=$hash" \
        --build-arg "RELEASE=$release" --build-arg "VERSION=$version" "$recipe" >"$scratch/log" 2>&1 ||
        { cat "$scratch/log" >&2; fail "\`$image\` could not be built"; }
    # The build stage, which holds this machine's package configuration too, and what the new image replaces.
    docker image prune --force --filter label=linchpin.recipe >/dev/null
}

version=$(version_of "$postgres")
release=$(release_with_postgres "${version%%.*}")
build postgres "$postgres" "$release" "${version%%.*}"

version=$(version_of "$localstack")
[[ $version == 4.5* ]] || fail "localstack/requirements.lock is LocalStack 4.5, and \`$localstack\` names another"
build localstack "$localstack" bookworm "$version"
