#!/usr/bin/env bash
# Images of Dockerfiles (`from.build`) on real engines and registries: a Docker daemon of its own,
# another one behind TLS as another machine, Podman, and Debian's `docker-registry` on loopback.
#
# usage: [SBX=path/to/sbx] tests/build/run.sh [docker|buildx|remote|podman]…
#
# Needs root and the registry of Debian. Installs with apt-get what is missing, and leaves nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh
. tests/engine/daemon.sh

parts=("$@")
[[ ${#parts[@]} -gt 0 ]] || parts=(docker buildx remote podman)
debian_packages debootstrap docker-registry perl openssl

if [[ -z ${SBX:-} ]]; then
    cargo build --locked --quiet
    SBX=target/debug/sbx
fi
SBX=$(realpath "$SBX")
export SBX
start_docker
part "dockerd answers"
run python3 tests/engine/images/make.py debian:12 node:22-slim node:22=node:22-slim
part "the base image is there"
allow_builds
for name in "${parts[@]}"; do
    [[ $name != buildx ]] || add_buildx
    if [[ $name = podman ]]; then
        debian_packages podman
        configure_podman
        docker save debian:12 | podman load --quiet >/dev/null
    fi
    run python3 tests/build/cases.py "$name" "$work/$name"
    part "$name"
    if [[ $name = docker ]]; then
        SBX_PROGRAM=$SBX run tests/site/pages.sh --builds
        part "what docs/build.md shows"
    fi
done
