"""Build templates of the corpus on the local platform, and keep what happened.

    python3 tests/corpus/engine/run.py                      # every template of the corpus
    python3 tests/corpus/engine/run.py NAME… DIRECTORY…     # some of them, or others
    python3 tests/corpus/engine/run.py --platform novita NAME…
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine/images"))

import build
import corpus
import pool
from build import Builder, Outcome, Said
from container import EngineError
from stand_ins import NoStandIn
from watch import Limits


@dataclass
class Report:
    """A template, as it was foreseen and as it went."""

    name: str
    platform: str
    said: list[Said]
    outcome: Outcome | None = None
    """`None` if `sbx` refuses the template."""


def main() -> int:
    options = _arguments()
    options.results.mkdir(parents=True, exist_ok=True)
    templates = [one for one in corpus.templates(options.templates) if options.platform in one.platforms]

    def task(template: corpus.Template, builder: Builder) -> bool:
        kept = options.results / f"{template.name}.{options.platform}.json"
        return options.missing and kept.exists() or _keep(template, builder, options.platform, kept)

    return 0 if all(pool.run(task, templates, options.jobs, Limits(options.silent))) else 1


def _keep(template: corpus.Template, builder: Builder, platform: str, kept: Path) -> bool:
    """Build a template and write the result down; whether it could be built."""
    begun = time.monotonic()
    try:
        report = _report(template, builder, platform)
    except (EngineError, NoStandIn, RuntimeError) as error:
        print(f"{template.name}: not built: {error}", flush=True)
        return False
    kept.write_text(json.dumps(dataclasses.asdict(report), indent=1) + "\n")
    print(f"{_line(report)} ({time.monotonic() - begun:.0f} s)", flush=True)
    return True


def _report(template: corpus.Template, builder: Builder, platform: str) -> Report:
    with template.project() as manifest:
        report = Report(template.name, platform, build.check(manifest, platform))
        if not any(said.severity == "error" for said in report.said):
            report.outcome = builder.build(manifest, platform)
    return report


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("templates", nargs="*", help="names in the corpus, or directories")
    parser.add_argument("--platform", default="e2b", choices=["e2b", "novita"])
    parser.add_argument("--results", type=Path, default=Path("target/corpus-engine"))
    parser.add_argument("--missing", action="store_true", help="leave out what has a result")
    parser.add_argument("--silent", type=float, default=Limits.silent, metavar="SECONDS")
    parser.add_argument("--jobs", type=int, default=2, help="how many builds run side by side")
    return parser.parse_args()


def _line(report: Report) -> str:
    codes = " ".join(f"{said.code}@{said.line}" for said in report.said) or "silent"
    if report.outcome is None:
        return f"{report.name}: refused: {codes}"
    outcome = report.outcome
    where = f" at step {outcome.step}" if outcome.step else ""
    line = f" (line {outcome.failed_at.line})" if outcome.failed_at else ""
    last = outcome.output.strip().splitlines()[-1:] if outcome.state != "ready" else []
    return f"{report.name}: {outcome.state}{where}{line} {last} | {codes}"


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
