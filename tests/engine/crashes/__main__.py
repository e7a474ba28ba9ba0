"""Builds that end in the middle: nothing wrong is called ready, and nothing is left behind.

usage: python3 tests/engine/crashes [kills N] [signals] [together] [down] [full]

Runs what is named, or everything with ten kills. Needs the engine of `SBX_ENGINE`, the image
`debian:12` in it, and a built `sbx` (`SBX`, or target/debug/sbx). No other program may make images
in the engine meanwhile. `down` and `full` stop engines: they start a Docker daemon of their own, as
root, and take the image from that of `DOCKER_HOST`.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from builds import kills, signals, together
from daemon import down, full
from data import Data

EVERYTHING = ["kills", "signals", "together", "down", "full"]


def main(arguments: list[str]) -> None:
    os.environ.setdefault("SBX_ENGINE_NETWORK", "host")
    # Under `nohup`, the programs that this starts would ignore it, too.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    count = int(arguments[arguments.index("kills") + 1]) if "kills" in arguments else 10
    named = [name for name in arguments if not name.isdigit()] or EVERYTHING
    if set(named) - set(EVERYTHING):
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory(prefix="sbx-crashes.") as work:
        for name in named:
            begun = time.monotonic()
            directory = Path(work) / name
            directory.mkdir()
            if name == "down":
                down(directory)
            elif name == "full":
                full(directory)
            else:
                in_shared_engine(name, directory, count)
            print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)


def in_shared_engine(name: str, directory: Path, count: int) -> None:
    """Runs a part in the engine of the environment, and removes what the part has built."""
    data, other = Data(directory), Data(directory / "other")
    try:
        if name == "kills":
            kills(data, count)
        elif name == "signals":
            signals(data)
        else:
            together(data, other)
    finally:
        data.remove()
        other.remove()


if __name__ == "__main__":
    main(sys.argv[1:])
