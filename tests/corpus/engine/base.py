"""The base of a build: a stand-in for its image, provisioned as the platform does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import stand_ins
from container import Container, engine, image_exists

PACKAGES = (
    "systemd systemd-sysv openssh-server sudo chrony socat curl ca-certificates fuse3 iptables git "
    "nfs-common less nftables iputils-ping jq iproute2"
)
"""What the open server installs where it is missing (packages/orchestrator/pkg/template/build/
phases/base/distro/distro.go, snapshot 54693ff)."""

_PROVISION = f"""
missing=
for name in {PACKAGES}; do
    dpkg-query -W -f='${{Status}}' "$name" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $name"
done
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing
[ -s /etc/ssl/certs/ca-certificates.crt ] || update-ca-certificates
echo "export SHELL='/bin/bash'" > /etc/profile.d/shell.sh
cat >> /etc/profile <<'PROFILE'
export PS1='\\w \\$ '
if [ -f ~/.bashrc ]; then source ~/.bashrc; fi; if [ -f ~/.profile ]; then source ~/.profile; fi
PROFILE
echo "export PS1='\\w \\$ '" >> /root/.bashrc
passwd -d root
"""
"""The same package lists stay behind, `apt-get update` included. No service is started: PID 1 is
not systemd."""


class Unprovisionable(Exception):
    """The image cannot be the base of a template."""


@dataclass
class Base:
    """An image to start from, and the variables that it declares."""

    image: str
    env: dict[str, str]


def prepare(reference: str) -> Base:
    """The provisioned base for an image reference, from the engine's cache if it is there."""
    stand_in = stand_ins.build(reference)
    key = hashlib.sha256(f"{stand_in}{_PROVISION}".encode()).hexdigest()[:16]
    image = f"sbx-corpus-base:{key}"
    if not image_exists(image):
        _provision(stand_in, image)
    declared = json.loads(engine("image", "inspect", "--format", "{{json .Config.Env}}", image))
    return Base(image, dict(pair.split("=", 1) for pair in declared or []))


def _provision(stand_in: str, image: str) -> None:
    with Container(stand_in, "host") as container:
        release = container.root("cat /etc/os-release 2>/dev/null || :")
        if "debian" not in release:
            raise Unprovisionable("its distribution is not one that this script can provision")
        container.root(_PROVISION)
        container.commit(image)
