"""What is in a finished template."""

from __future__ import annotations

import subprocess
from typing import Any

from container import ENGINE


def difference(image: str, wanted: dict[str, Any]) -> str:
    """How the output of a command in a container of the image differs from what it prints; empty if
    it does not. `run` runs in a login shell of `user`, in `/home/user`; its exit code does not
    matter."""
    done = subprocess.run(
        [
            ENGINE, "run", "--rm", "--network", "none", "--workdir", "/home/user",
            "--user", wanted.get("user", "user"), image, "/bin/bash", "-l", "-c",
            f"exec 2>&1; {wanted['run']}",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )  # fmt: skip
    printed = done.stdout.strip()
    return "" if printed == wanted["prints"] else f"`{wanted['run']}` prints {printed!r}"
