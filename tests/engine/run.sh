#!/usr/bin/env bash
# Builds templates for real, and reads the results back from the images: on Docker, then the main
# cases on Podman. Both have directories of their own, which are gone at the end, and touch no other
# engine of this machine.
#
# usage: tests/engine/run.sh [docker|podman]… [-- ARGUMENT OF THE TESTS…]
#
# With arguments of the tests, such as a part of a case's name, the examples and the SDKs are left out.
# Needs root, Python, Node with npm, and the registries of Debian, PyPI and npm. Installs with apt-get
# what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh

engines=()
while [[ $# -gt 0 && $1 != -- ]]; do
    engines+=("$1")
    shift
done
[[ $# -eq 0 ]] || shift
[[ ${#engines[@]} -gt 0 ]] || engines=(docker podman)
images=(debian:12 ubuntu:22.04 python:3.12=python:3.12-slim node:22=node:22-slim sbx-test/declares:1)

if [[ $(id -u) != 0 ]]; then
    echo "tests/engine/run.sh needs root: it starts a Docker daemon" >&2
    exit 2
fi

begun=$SECONDS
part() {
    printf '%s (after %d s)\n' "$*" $((SECONDS - begun))
}

work=$(mktemp -d "${TMPDIR:-/tmp}/sbx-engine.XXXXXX")
daemon=
child=
finish() {
    trap - EXIT INT TERM
    if [[ -n $child ]]; then
        kill -- "-$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    if [[ -n $daemon ]]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    # What a storage driver or a container has left mounted.
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r |
        while read -r mounted; do umount -l "$mounted" || true; done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run COMMAND…: a signal ends the command, with all that it has started, and then this script.
run() {
    set -m
    "$@" &
    child=$!
    set +m
    wait "$child"
    child=
}

# The daemon of Debian's `docker.io`, with a socket, a pid file and data of its own. It makes no
# bridge and changes no packet filter: steps use the host's network, everything else none.
start_docker() {
    export DOCKER_HOST="unix://$work/docker.sock" DOCKER_CONFIG="$work/docker-config"
    unset DOCKER_CONTEXT
    # As a job of its own, so that an interrupt reaches this script alone.
    set -m
    dockerd --host "$DOCKER_HOST" --data-root "$work/docker" --exec-root "$work/docker-exec" \
        --pidfile "$work/docker.pid" --storage-driver overlay2 --bridge none --iptables=false \
        --ip6tables=false --default-ulimit nofile=1024:4096 >"$work/docker.log" 2>&1 &
    daemon=$!
    set +m
    for _ in $(seq 150); do
        if docker version >/dev/null 2>&1; then
            return
        fi
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.2
    done
    echo "dockerd does not answer:" >&2
    tail -n 20 "$work/docker.log" >&2
    exit 1
}

# The README's first command: the template's ID is all that it prints, and the image has what the
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

# Podman as root without systemd: its defaults need both.
configure_podman() {
    cat >"$work/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
    cat >"$work/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$work/podman"
runroot = "$work/podman-run"
CONF
    export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"
}

export SBX_ENGINE=docker SBX_ENGINE_NETWORK=host
# The registries may be behind a proxy whose certificate this machine trusts, and so do the base
# images; Node looks at none of the system's certificates by itself.
export SBX_ENGINE_ARGS="--env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
command -v dockerd >/dev/null || debian_packages docker.io
debian_packages debootstrap docker-registry perl git
cargo build --locked --quiet
start_docker
part "dockerd answers"
run python3 tests/engine/images/make.py "${images[@]}" \
    node:22-bookworm=node:22-slim node:22-bookworm-slim
part "the base images are there"

if [[ ${engines[*]} = *docker* && $# -eq 0 ]]; then
    run first_command
    part "the README's first command"
    run python3 tests/engine/examples.py node-service private-registry agent-runtime
    part "examples"
    run python3 tests/engine/crashes kills 15 signals together down full
    part "builds that end in the middle"
    run tests/engine/sdks/run.sh
    part "official SDKs"
fi
for engine in "${engines[@]}"; do
    if [[ $engine = podman ]]; then
        debian_packages podman
        configure_podman
        docker save "${images[@]%=*}" | podman load --quiet
        part "Podman has the base images"
    fi
    export SBX_ENGINE=$engine
    run cargo test --locked --test engine -- "$@"
    part "$engine"
done
