"""A command as the platform runs it in a template."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from container import Container

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

MACHINE = {
    "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
}
"""Variables that let clients trust a registry behind a proxy of this machine, and change nothing
else."""

_BUSY = 50
"""The hundredths of a second of processor time that tell a busy command from one that waits."""

_WRAPPER = """
cd -- "$1" 2>/dev/null || { echo cwd >&2; exit 1; }
shift
{ "$@" 2>&1 3>&-; echo "exit $?" >&3; } 3>&2 | cat
"""
"""Standard output ends when every process that holds it has closed it; the exit code of the
command comes on standard error, as soon as it is known."""


@dataclass
class Limits:
    """When a command counts as one that hangs, in seconds."""

    silent: float = 75.0
    """Without output, and with hardly any use of the processor."""
    held: float = 15.0
    """After its end, while another process holds its output."""
    total: float = 900.0


@dataclass
class Context:
    """What the steps before have set."""

    user: str = "user"
    workdir: str | None = None
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Finished:
    """How a command ended: `code` is `None` if it could not be started, or if it hangs."""

    code: int | None
    output: str
    trouble: str = ""
    """`hangs`, `held` (the command has ended, a process that it left has its output) or why it was
    not started."""

    @property
    def succeeded(self) -> bool:
        return self.code == 0 and not self.trouble


@dataclass
class User:
    """A row of the container's `passwd`."""

    name: str
    home: str


def find_user(container: Container, name: str) -> User | None:
    """The user of this very name; the platform takes no numbers."""
    rows = container.root("cat /etc/passwd").splitlines()
    fields = [row.split(":") for row in rows]
    return next((User(row[0], row[5]) for row in fields if len(row) > 6 and row[0] == name), None)


def environment(user: User, variables: Mapping[str, str]) -> dict[str, str]:
    """What a command starts with, before its login shell reads its files."""
    variables = dict(variables)
    if "PATH" in variables:
        variables["PATH"] += ":" + SYSTEM_PATH
    own = {"PATH": SYSTEM_PATH, "HOME": user.home, "USER": user.name, "LOGNAME": user.name}
    return {**MACHINE, **own, **variables}


class Running:
    """A command that has been started in a login shell, its standard input open and silent."""

    def __init__(self, container: Container, command: str, context: Context, user: User) -> None:
        self.container = container
        self.output = bytearray()
        self.said = bytearray()
        pairs = [f"{name}={value}" for name, value in environment(user, context.env).items()]
        workdir = context.workdir or user.home
        shell = ["env", "-i", *pairs, "/bin/bash", "-l", "-c", command]
        arguments = ["/bin/sh", "-c", _WRAPPER, "sh", workdir, *shell]
        self.workdir = workdir
        self.process = subprocess.Popen(
            container.command(arguments, user.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._streams = selectors.DefaultSelector()
        self._streams.register(self.process.stdout, selectors.EVENT_READ, self.output)
        self._streams.register(self.process.stderr, selectors.EVENT_READ, self.said)

    def read(self, wait: float) -> bool:
        """Take in what is there, after at most `wait` seconds; whether there was anything."""
        found = False
        for key, _ in self._streams.select(wait):
            chunk = os.read(key.fd, 65536)
            key.data.extend(chunk)
            found = True
            if not chunk:
                self._streams.unregister(key.fileobj)
        return found

    @property
    def is_open(self) -> bool:
        """Whether anything may still come."""
        return bool(self._streams.get_map())

    @property
    def code(self) -> int | None:
        """The exit code of the command itself, once it has ended."""
        for line in self.said.decode(errors="replace").splitlines():
            if line.startswith("exit "):
                return int(line[5:])
        return None

    def finished(self) -> Finished:
        """The result, once nothing more can come."""
        self.process.wait()
        said = self.said.decode(errors="replace").strip()
        text = self.output.decode(errors="replace")
        if self.code is not None:
            return Finished(self.code, text)
        if said == "cwd":
            return Finished(None, text, f"the working directory {self.workdir} cannot be entered")
        return Finished(None, text + said, "not started")

    def abandon(self) -> None:
        """Stop listening; the processes in the container go on."""
        self._streams.close()
        self.process.kill()
        self.process.wait()


def start(container: Container, command: str, context: Context) -> Running | Finished:
    """Start a command, unless its user or its working directory does not exist."""
    user = find_user(container, context.user)
    if user is None:
        return Finished(None, "", f"the user {context.user} does not exist")
    return Running(container, command, context, user)


def run(
    container: Container, command: str, context: Context, limits: Limits | None = None
) -> Finished:
    """Run a command until every holder of its output has closed it, or a limit is reached."""
    limits = limits or Limits()
    running = start(container, command, context)
    if isinstance(running, Finished):
        return running
    begun = last = time.monotonic()
    ended = None
    used = 0
    while running.is_open:
        if running.read(0.2):
            last = time.monotonic()
        now = time.monotonic()
        if ended is None and running.code is not None:
            ended = now
        if now - last > limits.silent and (ticks := container.cpu_ticks()) > used + _BUSY:
            last, used = now, ticks
        trouble = _trouble(limits, now - begun, now - last, ended and now - ended)
        if trouble:
            running.abandon()
            return Finished(None, running.output.decode(errors="replace"), trouble)
    return running.finished()


def _trouble(limits: Limits, total: float, silent: float, ended: float | None) -> str:
    if ended is not None:
        return "held" if ended > limits.held else ""
    return "hangs" if silent > limits.silent or total > limits.total else ""
