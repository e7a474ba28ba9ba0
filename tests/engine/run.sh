#!/usr/bin/env bash
# Builds templates for real, and reads the results back from the images: on Docker, then the main
# cases on Podman. Both have directories of their own, which are gone at the end, and touch no other
# engine of this machine.
#
# usage: tests/engine/run.sh [docker|podman]… [-- ARGUMENT OF THE TESTS…]
#
# With `SBX_NIGHTLY` set, sandboxes are tested in full, also on Podman, and exported Dockerfiles are
# built. With arguments of the tests, such as a part of a case's name, only the tests' cases run. Needs
# root, Python, Node with npm, and the registries of Debian, PyPI and npm. Installs with apt-get what is
# missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh
. tests/engine/daemon.sh

engines=()
while [[ $# -gt 0 && $1 != -- ]]; do
    engines+=("$1")
    shift
done
[[ $# -eq 0 ]] || shift
[[ ${#engines[@]} -gt 0 ]] || engines=(docker podman)
images=(debian:12 ubuntu:22.04 python:3.12=python:3.12-slim node:22=node:22-slim sbx-test/declares:1)

# The first command of README.md: the template's ID is all that it prints, and the image has what the
# example installs.
first_command() {
    local template image
    SBX_DATA="$work/data" cargo run --locked --quiet -- \
        apply examples/fastapi/sandbox.toml --platform local >"$work/template"
    template=$(cat "$work/template")
    [[ $template =~ ^[a-z0-9]{20}$ ]]
    image=$(docker images --format '{{.Repository}}:{{.Tag}}' | grep "/$template:")
    docker run --rm --network none --user user "$image" \
        bash -l -c 'cd ~/app && python -c "import app; print(app.app)"'
}

debian_packages debootstrap docker-registry perl git
cargo build --locked --quiet
[[ $# -gt 0 ]] || tests/engine/bridge.sh
start_docker
part "dockerd answers"
run python3 tests/engine/images/make.py "${images[@]}" \
    python:3.12-slim node:22-slim node:22-bookworm=node:22-slim node:22-bookworm-slim
part "the base images are there"

if [[ ${engines[*]} = *docker* && $# -eq 0 ]]; then
    run first_command
    part "the README's first command"
    run python3 tests/engine/examples.py node-service private-registry agent-runtime
    part "examples"
    run python3 tests/engine/crashes kills 15 signals together down full
    part "builds that end in the middle"
    run tests/engine/sdks/run.sh
    part "official SDKs build"
    if [[ -n ${SBX_NIGHTLY:-} ]]; then
        run python3 tests/export/images.py
        part "exported Dockerfiles"
    fi
    run tests/sandboxes/run.sh ${SBX_NIGHTLY:+--all}
    part "sandboxes"
    allow_builds
    run tests/site/pages.sh --engine
    part "what the pages show"
    run python3 tests/corpus/engine/pages.py --quick
    part "examples of the pages"
fi
for engine in "${engines[@]}"; do
    if [[ $engine = podman ]]; then
        debian_packages podman
        configure_podman
        docker save "${images[@]%=*}" | podman load --quiet
        part "Podman has the base images"
    fi
    export SBX_ENGINE=$engine
    run .ci/tests --test engine -- "$@"
    part "$engine"
    if [[ $engine = podman && $# -eq 0 && -n ${SBX_NIGHTLY:-} ]]; then
        run tests/sandboxes/run.sh --short
        part "sandboxes on Podman"
    fi
done
