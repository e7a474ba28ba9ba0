"""Build templates on a container engine by the platform's rules, and keep what happened.

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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine/images"))

import corpus
import sbx
from container import EngineError
from shell import Limits
from stand_ins import NoStandIn


def main() -> int:
    options = _arguments()
    options.results.mkdir(parents=True, exist_ok=True)
    failed = 0
    for template in corpus.templates(options.templates):
        begun = time.monotonic()
        kept = options.results / f"{template.name}.{options.platform}.json"
        is_left_out = options.platform not in template.platforms
        if is_left_out or options.missing and kept.exists():
            continue
        try:
            report = sbx.apply(template, _options(options))
        except (EngineError, NoStandIn, RuntimeError) as error:
            print(f"{template.name}: not built: {error}", flush=True)
            failed += 1
            continue
        kept.write_text(json.dumps(dataclasses.asdict(report), indent=1) + "\n")
        print(f"{_line(report)} ({time.monotonic() - begun:.0f} s)", flush=True)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("templates", nargs="*", help="names in the corpus, or directories")
    parser.add_argument("--platform", default="e2b", choices=["e2b", "novita"])
    parser.add_argument("--results", type=Path, default=Path("target/corpus-engine"))
    parser.add_argument("--missing", action="store_true", help="leave out what has a result")
    parser.add_argument("--silent", type=float, default=Limits.silent, metavar="SECONDS")
    parser.add_argument("--ready", type=float, default=25, metavar="SECONDS")
    parser.add_argument("--verbose", action="store_true", help="print each step")
    return parser.parse_args()


def _options(given: argparse.Namespace) -> sbx.Options:
    log = (lambda line: print(f"  {line}", flush=True)) if given.verbose else lambda _: None
    return sbx.Options(given.platform, Limits(silent=given.silent), given.ready, log)


def _line(report: sbx.Report) -> str:
    codes = " ".join(f"{said.code}@{said.line}" for said in report.said) or "silent"
    if report.outcome is None:
        return f"{report.name}: refused: {codes}"
    outcome = report.outcome
    where = f" at step {outcome.step}" if outcome.step else ""
    line = f" (line {report.failed_at.line})" if report.failed_at else ""
    last = outcome.output.strip().splitlines()[-1:] if outcome.state != "ready" else []
    return f"{report.name}: {outcome.state}{where}{line} {last} | {codes}"


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
