"""How many times as long one check takes as it took at another commit, for each kind of text.

Runs the `check` benchmark of both commits in turns and compares the fastest times at 1,000 lines,
which is what a loaded machine disturbs least. Fails if the first kind, the mixture that real
manifests resemble, takes more than LIMIT times as long; what other kinds take is printed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

LIMIT = 1.5
LINES = 1000
NAMES = 30  # the width of the column of names


def times(program: str, kinds: list[str]) -> dict[str, float]:
    """Microseconds for one check of `LINES` lines, by kind."""
    # The benchmark exits with 1 if a kind does not look linear, which is not the question here.
    # A name that is empty begins every kind's, and leaves out the checks that are only counted.
    done = subprocess.run([program, *(kinds or [""])], capture_output=True, text=True, check=False)
    rows = [line for line in done.stdout.splitlines() if line.strip()]
    if not rows or done.returncode not in (0, 1):
        raise SystemExit(f"{program} measured nothing: {done.stderr}")
    column = rows[0][NAMES:].split().index(str(LINES))
    return {row[:NAMES].strip(): float(row[NAMES:].split()[column]) for row in rows[1:]}


def fastest(rounds: int, programs: list[str], kinds: list[str]) -> list[dict[str, float]]:
    """The fastest time of each kind, for each program; the programs take turns."""
    best: list[dict[str, float]] = [{} for _ in programs]
    for _ in range(rounds):
        for found, program in zip(best, programs):
            for kind, time in times(program, kinds).items():
                found[kind] = min(time, found.get(kind, time))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", required=True, help="the benchmark of the other commit")
    parser.add_argument("--now", required=True, help="the benchmark of this commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("kinds", nargs="*", help="beginnings of names; all kinds without any")
    given = parser.parse_args()
    before, now = fastest(given.rounds, [given.before, given.now], given.kinds)
    print(f"{f'one check of {LINES} lines, µs':{NAMES}}{'before':>12}{'now':>12}{'ratio':>8}")
    for kind, time in now.items():
        if kind not in before:
            print(f"{kind:{NAMES}}{'':>12}{time:>12.1f}{'new':>8}")
            continue
        print(f"{kind:{NAMES}}{before[kind]:>12.1f}{time:>12.1f}{time / before[kind]:>8.2f}")
    first = next(iter(now))
    ratio = now[first] / before.get(first, now[first])
    if ratio > LIMIT:
        print(f"`{first}` takes {ratio:.2f} times as long; the limit is {LIMIT}", file=sys.stderr)
        sys.exit(1)


main()
