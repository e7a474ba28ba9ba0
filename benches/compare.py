"""Runs commands in turns and prints how long each takes, and how many times as long as the first.

The processor's time is that of a whole process, also of those that measure a part by themselves:
it says what the clock would on a machine that does nothing else. A process's peak is never shown
below this one's own, from which it is begun.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Command = list[str] | str


@dataclass
class Run:
    """One run of a command, or the median of several."""

    seconds: float
    processor: float
    peak_kib: int
    out: str


@dataclass
class Goal:
    """How many times as long as the first command another one is to take."""

    other: str
    times: float
    what: str


def run(command: Command, env: dict[str, str] | None = None) -> Run:
    """Runs a command; one that prints seconds and a result has measured itself."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            shell=isinstance(command, str),
            env=os.environ | (env or {}),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        errors.seek(0)
        err = errors.read()
    processor = usage.ru_utime + usage.ru_stime
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{out}{err}")
    measured = re.match(r"([0-9.e-]+) (\S+)$", out.strip())
    if measured:
        return Run(float(measured[1]), processor, usage.ru_maxrss, measured[2])
    return Run(seconds, processor, usage.ru_maxrss, out)


def compare(
    title: str,
    commands: dict[str, Command],
    rounds: int,
    goals: list[Goal] | None = None,
    one: Callable[[Command], Run] = run,
    *,
    warm_up: bool = False,
) -> dict[str, Run]:
    """Runs each command in turns and prints their medians, and whether the goals are met.

    To `warm_up`, a command runs once more before each run that is measured: one that takes
    milliseconds shows how much of the processor's caches the one before it has taken.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            if warm_up:
                one(command)
            runs[name].append(one(command))
    print(f"\n{title}")
    medians: dict[str, Run] = {}
    for name, of in runs.items():
        medians[name] = Run(
            statistics.median(run.seconds for run in of),
            statistics.median(run.processor for run in of),
            max(run.peak_kib for run in of),
            of[-1].out,
        )
        median, first = medians[name], next(iter(medians.values()))
        print(
            f"  {name:35} {median.seconds * 1000:9.1f} ms {median.seconds / first.seconds:7.2f} x"
            f"   processor {median.processor / first.processor:6.2f} x"
            f"   {median.peak_kib / 1024:6.1f} MiB",
            flush=True,
        )
    for goal in goals or []:
        first = next(iter(medians.values()))
        times = medians[goal.other].seconds / first.seconds
        tell(goal.what, f"{goal.times:g} x", f"{times:.2f} x", met=times >= goal.times)
    return medians


def tell(what: str, goal: str, seen: str, *, met: bool) -> None:
    """Prints a goal and whether it is met."""
    print(f"  {'met    ' if met else 'NOT MET'}  {what}: {seen}, and the goal is {goal}", flush=True)


def options() -> argparse.Namespace:
    """What `run.sh` says: the program, the one that measures parts, the tools, where to work."""
    parser = argparse.ArgumentParser()
    for option in ("--sbx", "--parts", "--tools", "--work"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    options.tools, options.work = Path(options.tools), Path(options.work)
    return options


def rounds(usual: int) -> int:
    """How often each command runs."""
    return int(os.environ.get("ROUNDS", str(usual)))


# The package of each SDK from PyPI, by the name on it.
SDKS = {"PyPI e2b": "e2b", "PyPI novita-sandbox": "novita_sandbox.core"}
