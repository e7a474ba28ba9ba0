#!/usr/bin/env bash
# The daemons of the tests leave `docker0`, which a developer's own daemon uses, as it was.
#
# Needs root. Where there is no `docker0`, one is made for as long as this takes.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh
command -v ip >/dev/null || debian_packages iproute2

if [[ ! -e /sys/class/net/docker0 ]]; then
    ip link add docker0 type bridge
    trap 'ip link del docker0' EXIT
fi
before=$(cat /sys/class/net/docker0/ifindex)
(
    . tests/engine/daemon.sh
    start_docker
)
after=$(cat /sys/class/net/docker0/ifindex)
if [[ $before != "$after" ]]; then
    echo "docker0 is another one than before" >&2
    exit 1
fi
left=$(ip rule | grep -c sbx || true)
if [[ $left != 0 ]] || compgen -G '/sys/class/net/sbx*' >/dev/null; then
    echo "a bridge or a rule is left" >&2
    exit 1
fi
echo "docker0 is unchanged"
