"""The time until a command in a sandbox has written its first line: `sbx run`, with the local platform
that it starts itself, beside `docker run` of the same image, in turns."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

IMAGE = "python:3.12"
NAME = "bench-sandbox"
MANIFEST = f'name = "{NAME}"\n[from]\nimage = "{IMAGE}"\n[[steps]]\nrun = "echo kept >~/kept"\n'
LINE = "echo first; sleep 0"

# The goal: so many times `docker run`, and so many seconds more.
FACTOR = 1.5
ADDED = 0.1


def first_line(command: list[str], environment: dict[str, str]) -> float:
    """The seconds from the call to the first line."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment
    )
    line = process.stdout.readline()
    took = time.perf_counter() - begun
    if process.wait() != 0 or line != b"first\n":
        sys.exit(f"{command[0]} failed: {line!r}")
    return took


def image_of(data: Path) -> str:
    """The image of the template."""
    engine = (data / "engine-id").read_text().strip()
    listed = subprocess.run(
        ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"],
        check=True,
        capture_output=True,
        text=True,
    )
    ready = [name for name in listed.stdout.split() if f"sbx-{engine}/" in name]
    # Layers are in one repository, and each template has another.
    ready = [name for name in ready if "/layer" not in name]
    return ready[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbx", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "15")))
    arguments = parser.parse_args()
    data, sbx = arguments.work / "data", str(arguments.sbx.resolve())
    environment = {**os.environ, "SBX_DATA": str(data), "SBX_PLATFORM": "local"}
    manifest = arguments.work / "sandbox.toml"
    manifest.write_text(MANIFEST)
    apply = [sbx, "apply", str(manifest), "--quiet"]
    subprocess.run(apply, check=True, env=environment, stdout=subprocess.DEVNULL)
    try:
        image = image_of(data)
        own = [sbx, "run", NAME, "--", LINE]
        other = ["docker", "run", "--rm", image, "bash", "-l", "-c", LINE]
        times: dict[str, list[float]] = {"sbx run": [], "docker run": []}
        for _ in range(arguments.rounds):
            times["docker run"].append(first_line(other, environment))
            times["sbx run"].append(first_line(own, environment))
    finally:
        delete = [sbx, "delete", NAME, "--yes"]
        subprocess.run(delete, check=True, env=environment, capture_output=True)
        shutil.rmtree(data)
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name:<12} {middle[name]:.3f} s ({min(values):.3f} to {max(values):.3f})")
    limit = FACTOR * middle["docker run"] + ADDED
    ratio = middle["sbx run"] / middle["docker run"]
    word = "met" if middle["sbx run"] <= limit else "MISSED"
    print(f"ratio {ratio:.2f}; at most {FACTOR} x docker run + {ADDED} s = {limit:.3f} s: {word}")


if __name__ == "__main__":
    main()
