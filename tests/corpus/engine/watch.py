"""A build of `sbx apply`, whose command is killed when it hangs: the platform would wait for an hour."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from container import ENGINE

_BUSY = 50
"""The hundredths of a second of processor time that tell a busy command from one that waits."""

_PATIENCE = 1
"""Seconds between two looks at a silent build."""

_GRACE = 30
"""Seconds for the end of a build whose hanging command was killed."""


@dataclass
class Limits:
    """When a build counts as one that hangs, in seconds."""

    silent: float = 75
    """Of a step without output, and with hardly any use of the processor."""
    total: float = 900


@dataclass
class Watched:
    """What `sbx apply` has printed."""

    events: list[dict[str, Any]] = field(default_factory=list)
    errors: str = ""
    hangs: bool = False

    @property
    def step(self) -> str | None:
        """The `step` of the last log entry."""
        return next((e["step"] for e in reversed(self.events) if e["event"] == "log"), None)

    @property
    def is_in_step(self) -> bool:
        return (self.step or "").isdecimal()


def run(command: list[str | Path], variables: dict[str, str], data: Path, limits: Limits) -> Watched:
    """Run `sbx apply --format json`, whose data directory this is."""
    process = subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    lines: queue.Queue[bytes | None] = queue.Queue()
    errors: list[bytes] = []
    readers = [
        threading.Thread(target=lambda: ([lines.put(line) for line in process.stdout], lines.put(None))),
        threading.Thread(target=lambda: errors.append(process.stderr.read())),
    ]
    for reader in readers:
        reader.start()
    watched = Watched()
    with contextlib.ExitStack() as stack:
        stack.callback(_end, process, data)
        _follow(lines, watched, data, limits)
    for reader in readers:
        reader.join()
    watched.errors = b"".join(errors).decode(errors="replace")
    return watched


def _follow(
    lines: queue.Queue[bytes | None], watched: Watched, data: Path, limits: Limits
) -> None:
    begun = last = time.monotonic()
    used: int | None = None
    while not (watched.hangs and time.monotonic() - last > _GRACE):
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=_PATIENCE)
            if line is None:
                return
            watched.events.append(json.loads(line))
            if watched.events[-1]["event"] != "silence":
                last, used = time.monotonic(), None
        now = time.monotonic()
        if not watched.is_in_step or watched.hangs:
            continue
        if used is None and now - last > limits.silent / 2:
            used = _ticks(data)
        elif now - last > limits.silent:
            is_busy = _ticks(data) > (used or 0) + _BUSY
            watched.hangs = not is_busy
            last, used = now, None
        watched.hangs = watched.hangs or now - begun > limits.total
        if watched.hangs:
            _kill(data)


def _containers(data: Path) -> list[str]:
    """The containers of the builds of a data directory."""
    try:
        store = (data / "engine-id").read_text().strip()
    except FileNotFoundError:
        return []
    command = [ENGINE, "ps", "--all", "--quiet", "--filter", f"name=^/?sbx-{store}-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _kill(data: Path) -> None:
    """Kill the commands of a build, which then fails at its step."""
    for container in _containers(data):
        script = "kill -s KILL -- -1"
        command = [ENGINE, "exec", "--user", "root", container, "/bin/bash", "-c", script]
        subprocess.run(command, capture_output=True, check=False)


def _ticks(data: Path) -> int:
    """The processor time that the processes of a build have used, in hundredths of a second."""
    total = 0
    for container in _containers(data):
        script = "cat /proc/[0-9]*/stat 2>/dev/null || :"
        done = subprocess.run(
            [ENGINE, "exec", "--user", "root", container, "/bin/sh", "-c", script],
            capture_output=True,
            check=False,
        )
        for row in done.stdout.decode(errors="replace").splitlines():
            # The name, in parentheses, may hold spaces.
            columns = row.rpartition(")")[2].split()
            total += sum(map(int, columns[11:15])) if len(columns) > 15 else 0
    return total


def _end(process: subprocess.Popen[bytes], data: Path) -> None:
    """End a build that still runs, with its containers."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        if left := _containers(data):
            subprocess.run([ENGINE, "rm", "--force", "--volumes", *left], capture_output=True, check=False)
    process.wait()
