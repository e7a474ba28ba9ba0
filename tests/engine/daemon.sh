# To be sourced, with `tests/install.sh` before it: a Docker daemon of a script's own, which touches
# no other engine of this machine. `$work` is gone at the end, with all that is in it.
#
# Needs root, and installs Docker with apt-get where it is missing.

if [[ $(id -u) != 0 ]]; then
    echo "$0 needs root: it starts a Docker daemon" >&2
    exit 2
fi

begun=$SECONDS
part() {
    printf '%s (after %d s)\n' "$*" $((SECONDS - begun))
}

work=$(mktemp -d "${TMPDIR:-/tmp}/sbx-engine.XXXXXX")
daemon=
child=
bridge=none
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
    if [[ $bridge != none ]]; then
        ip rule del iif "$bridge" unreachable 2>/dev/null || true
        ip link del "$bridge" 2>/dev/null || true
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

# Makes a bridge, from which packets to anywhere else are refused at once.
own_bridge() {
    command -v ip >/dev/null || debian_packages iproute2
    local name="sbx$$"
    ip link add "$name" type bridge
    bridge=$name
    ip address add "10.213.$(($$ / 256 % 256)).$(($$ % 256 / 64 * 64 + 1))/26" dev "$bridge"
    ip link set "$bridge" up
    ip rule add iif "$bridge" unreachable
}

# The daemon of Debian's `docker.io`, with a socket, a pid file and data of its own. It makes no
# bridge and changes no packet filter: steps use the host's network, everything else none. A daemon
# without a bridge removes `docker0`, which another one on this machine may use: where there is one,
# this daemon gets a bridge of its own, which leads nowhere.
start_docker() {
    command -v dockerd >/dev/null || debian_packages docker.io
    if [[ -e /sys/class/net/docker0 ]]; then
        own_bridge
    fi
    export DOCKER_HOST="unix://$work/docker.sock" DOCKER_CONFIG="$work/docker-config"
    # For the daemons that a test starts itself.
    export SBX_TEST_BRIDGE=$bridge
    # Podman reads it too, and ends where it does not exist.
    mkdir -p "$DOCKER_CONFIG"
    echo '{}' >"$DOCKER_CONFIG/config.json"
    unset DOCKER_CONTEXT
    # On a busy machine, dockerd ends by itself where containerd takes 15 seconds to answer it.
    for _ in 1 2 3; do
        # As a job of its own, so that an interrupt reaches this script alone.
        set -m
        dockerd --host "$DOCKER_HOST" --data-root "$work/docker" --exec-root "$work/docker-exec" \
            --pidfile "$work/docker.pid" --storage-driver overlay2 --bridge "$bridge" \
            --iptables=false --ip6tables=false --default-ulimit nofile=1024:4096 \
            >"$work/docker.log" 2>&1 &
        daemon=$!
        set +m
        for _ in $(seq 150); do
            if docker version >/dev/null 2>&1; then
                return
            fi
            kill -0 "$daemon" 2>/dev/null || break
            sleep 0.2
        done
        ! kill -0 "$daemon" 2>/dev/null || break
    done
    echo "dockerd does not answer:" >&2
    tail -n 20 "$work/docker.log" >&2
    exit 1
}

# The plugin `buildx`, in the client's own directory: from Debian 13 where this system has none.
add_buildx() {
    ! docker buildx version >/dev/null 2>&1 || return 0
    unpacked_packages "$work/buildx" trixie docker-buildx
    mkdir -p "$DOCKER_CONFIG/cli-plugins"
    cp "$work/buildx/usr/libexec/docker/cli-plugins/docker-buildx" "$DOCKER_CONFIG/cli-plugins/"
    docker buildx version
}

# Makes Docker able to build: clients since version 23 cannot without the plugin.
allow_builds() {
    if [[ $(docker version --format '{{.Client.Version}}' | cut -d. -f1) -gt 22 ]]; then
        add_buildx
    fi
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
