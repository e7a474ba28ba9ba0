"""The end of a build: finalize, the start command, the readiness check."""

from __future__ import annotations

import time
from dataclasses import dataclass

import shell
from container import Container
from shell import Context, Finished, Limits

_FINALIZE = """
find /tmp /run -mindepth 1 -delete 2>/dev/null || :
mkdir -p /run/lock /run/sshd && chmod 1777 /run/lock
mkdir -p /home/user /code
find /etc/skel -mindepth 1 -maxdepth 1 -type f | while read -r file; do
    [ -e "/home/user/${file##*/}" ] || cp "$file" /home/user/
done
chown -R user:user /home/user
find /usr/local -type d ! -perm 777 -exec chmod 777 {} +
find /usr/local/bin /usr/local/sbin -type f ! -perm 777 -exec chmod 777 {} +
chmod -R 777 /code
"""
"""The platform makes every file in `/usr/local` world-writable, too. Only those that are called
are, here: a change of the mode copies a file from one layer to the next."""


@dataclass
class Started:
    """What happened at the end: `state` is `ready`, `start failed` or `never ready`."""

    state: str
    code: int | None = None
    output: str = ""


def finalize(container: Container) -> None:
    """What a cold boot and the platform's configuration do to the files."""
    container.root(_FINALIZE)


def broken_packages(container: Container) -> str:
    """Packages that are half-configured, which fails the platform's last step."""
    return container.root(
        "dpkg-query -W -f='${db:Status-Abbrev} ${Package}\\n' | awk '/^iF/ {print $2}'"
    ).strip()


def start(
    container: Container, context: Context, command: str, ready: str, limit: float
) -> Started:
    """Start the template's command and wait until the check succeeds, at most `limit` seconds."""
    if not command and not ready:
        return Started("ready")
    service = shell.start(container, command, context) if command else None
    if isinstance(service, Finished):
        return Started("start failed", None, service.trouble)
    begun = time.monotonic()
    check = Finished(None, "")
    while time.monotonic() - begun < limit:
        if ended := _ended(service):
            return ended
        # The output that the command leaves behind may not stop it from writing.
        check = shell.run(container, ready or "sleep 20", context, Limits(silent=30, total=30))
        if check.succeeded:
            return _ended(service) or Started("ready", 0, _text(service))
        _drain(service, 0.5)
    said = f"{_text(service)}\n{check.output}".strip()
    return Started("never ready", check.code, said or check.trouble)


def _ended(service: shell.Running | None) -> Started | None:
    """What the end of the start command means: one that succeeds is as good as a check."""
    _drain(service, 0.0)
    if service is None or service.is_open:
        return None
    code = service.finished().code
    return Started("ready" if code == 0 else "start failed", code, _text(service))


def _drain(service: shell.Running | None, seconds: float) -> None:
    # A command may print faster than it is read.
    for _ in range(1000):
        if service is None or not service.is_open or not service.read(0.0):
            break
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if service is None or not service.is_open or not service.read(left):
            time.sleep(max(0.0, min(left, 0.1)))


def _text(service: shell.Running | None) -> str:
    return service.output.decode(errors="replace") if service is not None else ""
