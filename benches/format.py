"""A manifest of almost 1 MiB formatted, as whole processes: `sbx fmt` beside the formatters of TOML that
people have, none of which knows the language. Each reads a file in which most lines change, and
writes nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

from compare import Command, Goal, Run, compare, options, rounds, run, tell


def main() -> None:
    """Runs the formatters in turns."""
    given = options()
    work: Path = given.work
    manifest = work / "sandbox.toml"
    run([given.parts, "manifest", str(manifest)])
    text = manifest.read_text()
    tools = given.tools / "venv/bin"

    def formatted(command: Command) -> Run:
        """Runs a formatter of a file that is not formatted, which each of them says with 1."""
        ran = run(f"{command} >/dev/null 2>&1; test $? = 1")
        assert manifest.read_text() == text
        return ran

    medians = compare(
        f"{len(text) >> 10} KiB formatted",
        {
            "sbx fmt": f"{given.sbx} fmt --check {manifest}",
            "taplo fmt": f"{tools}/taplo fmt --check {manifest}",
            "tombi format": f"{tools}/tombi format --offline --check {manifest}",
        },
        rounds(11),
        [Goal("taplo fmt", 1, "beside taplo"), Goal("tombi format", 1, "beside tombi")],
        formatted,
        warm_up=True,
    )
    took = medians["sbx fmt"].seconds * 1000
    tell("1 MB formatted", "50 ms", f"{took:.1f} ms", met=took <= 50)
    subprocess.run([given.parts], check=True)


if __name__ == "__main__":
    main()
