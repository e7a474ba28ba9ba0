"""Containers, through the command line of Docker or Podman."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

ENGINE = os.environ.get("SBX_ENGINE", "docker")


class EngineError(Exception):
    """The engine could not do what it was asked for, with its own words."""


def engine(*arguments: str, data: bytes | None = None) -> str:
    """The output of a command of the engine, which must succeed."""
    # Debian's Docker has no `buildx`, which newer clients ask for.
    variables = os.environ | {"DOCKER_BUILDKIT": "0"}
    done = subprocess.run(
        [ENGINE, *arguments], input=data, env=variables, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise EngineError(f"{ENGINE} {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace").strip()


def image_exists(image: str) -> bool:
    """Whether the engine holds the image; nothing is pulled."""
    done = subprocess.run([ENGINE, "image", "inspect", image], capture_output=True, check=False)
    return done.returncode == 0


class Container:
    """A container that runs nothing but what is executed in it, removed at the end of `with`."""

    def __init__(self, image: str, network: str, hosts: Iterable[str] = ()) -> None:
        """`hosts` are the names that lead to the container's own loopback."""
        names = [f"--add-host={host}:127.0.0.1" for host in sorted(hosts)]
        self.id = engine(
            "run", "--detach", "--init", "--network", network, "--user", "root", "--workdir", "/",
            *names, "--entrypoint", "/bin/sleep", image, "infinity",
        )  # fmt: skip

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Kill what runs in it and delete it."""
        subprocess.run([ENGINE, "rm", "--force", "--volumes", self.id], capture_output=True, check=False)

    def command(
        self, arguments: Iterable[str], user: str = "root", env: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command line that executes the arguments in the container, input attached."""
        variables = [f"--env={name}={value}" for name, value in (env or {}).items()]
        return [ENGINE, "exec", "-i", "-u", user, "-w", "/", *variables, self.id, *arguments]

    def root(self, script: str, *arguments: str, data: bytes | None = None) -> str:
        """What a script prints that root's shell runs; it must succeed."""
        command = self.command(["/bin/sh", "-euc", script, "sh", *arguments])
        done = subprocess.run(
            command, input=b"" if data is None else data, capture_output=True, check=False
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise EngineError(f"exit code {done.returncode}: {said[-2000:]}")
        return done.stdout.decode(errors="replace")

    def put(self, source: Path, target: str, *options: str) -> None:
        """Copy a tree of this machine into a directory of the container."""
        packed = subprocess.run(
            ["tar", "-C", source, "--owner=0", "--group=0", *options, "-cf", "-", "."],
            capture_output=True,
            check=True,
        )
        self.root('mkdir -p "$1"; tar -xf - -C "$1"', target, data=packed.stdout)

    def cpu_ticks(self) -> int:
        """The processor time that its processes have used, in hundredths of a second."""
        rows = self.root("cat /proc/[0-9]*/stat 2>/dev/null || :").splitlines()
        # The name, in parentheses, may hold spaces.
        fields = [row.rpartition(")")[2].split() for row in rows]
        return sum(sum(map(int, row[11:15])) for row in fields if len(row) > 15)

    def commit(self, image: str, *instructions: str) -> None:
        """Keep the container's files as an image, with a Dockerfile's instructions.

        A commit keeps the container's own entry point, and cannot clear it.
        """
        kept = engine("commit", self.id)
        lines = "\n".join([f"FROM {kept}", "ENTRYPOINT []", *instructions])
        engine("build", "--quiet", "--tag", image, "-", data=lines.encode())
