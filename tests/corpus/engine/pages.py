"""Build the examples of `docs/codes`, and compare what happens with `pages.toml`.

    python3 tests/corpus/engine/pages.py                # all; writes tests/corpus/pages.md
    python3 tests/corpus/engine/pages.py CODE…          # those of some pages
    python3 tests/corpus/engine/pages.py --quick        # those that `pages.toml` selects for the gate

Fails if an example does not end as it is written down, or if nothing is written down for one.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import shutil
import sys
import tempfile
import threading
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine/images"))

import build
import examples
import hosts
import pages_table
import pool
import probe
import sources
from build import Builder, Special
from container import EngineError
from examples import Example
from sources import Sources
from stand_ins import NoStandIn
from watch import Limits

EXPECTATIONS = Path(__file__).resolve().parent / "pages.toml"
TABLE = Path(__file__).resolve().parents[1] / "pages.md"


@dataclass
class Result:
    """How an example ended."""

    expected: str
    found: str
    detail: str = ""

    @property
    def agrees(self) -> bool:
        return self.expected == self.found


@dataclass
class Checker:
    """Builds examples, and says how they ended."""

    pages: dict[str, Any]
    served: Sources
    is_verbose: bool
    listening: threading.Lock = field(default_factory=threading.Lock)
    """Held while an example is built whose steps listen on a port: they share the host's network."""

    def check(self, example: Example, builder: Builder) -> Result:
        """Build an example, and print how it ended."""
        begun = time.monotonic()
        page = self.pages.get(example.page, {})
        with self.listening if page.get("listens") else contextlib.nullcontext():
            result = self._result(example, builder, page)
        verdict = "as written down" if result.agrees else f"EXPECTED {result.expected}"
        seconds = time.monotonic() - begun
        shown = f" {result.detail!r}" if self.is_verbose or not result.agrees else ""
        print(f"{example.name}: {result.found}, {verdict} ({seconds:.0f} s){shown}", flush=True)
        return result

    def _result(self, example: Example, builder: Builder, page: dict[str, Any]) -> Result:
        expected = pages_table.outcome(example, page)
        if expected == "not built":
            return Result(expected, expected)
        try:
            return Result(expected, *self._outcome(example, builder, page))
        except (EngineError, NoStandIn, RuntimeError) as error:
            return Result(expected, "not built", str(error))

    def _outcome(self, example: Example, builder: Builder, page: dict[str, Any]) -> tuple[str, str]:
        rules = page.get("rules", "novita")
        if example.id in page.get("loopback", []):
            loaded = self.served.on_loopback(example.manifest)
            example = dataclasses.replace(example, manifest=loaded)
        with tempfile.TemporaryDirectory() as folder:
            manifest = example.write(Path(folder) / example.name)
            for source, target in page.get("files", {}).items():
                shutil.copy(examples.CONTEXTS[-1] / source, manifest.parent / target)
            errors = [said for said in build.check(manifest, rules) if said.severity == "error"]
            if errors:
                return "rejected", "; ".join(said.message for said in errors)
            closed = hosts.REACHED if example.id in page.get("closed", []) else frozenset()
            secrets, variables = page.get("secrets", {}), page.get("variables", {})
            special = Special(closed, page.get("image"), secrets, variables)
            outcome = builder.build(manifest, rules, special)
        if outcome.state != "ready":
            at = f" at step {outcome.step}" if outcome.step else ""
            return outcome.state + at, outcome.output
        probes = [one for one in page.get("probes", []) if one["of"] == example.id]
        differences = [text for one in probes if (text := probe.difference(outcome.image, one))]
        return ("another result", "; ".join(differences)) if differences else ("builds", "")


def main() -> int:
    options = _arguments()
    pages = tomllib.loads(EXPECTATIONS.read_text())
    quick = pages.pop("quick")
    if problems := _problems(pages):
        print("\n".join(problems))
        return 1
    chosen = list(examples.read(quick if options.quick else options.codes))
    with sources.serve() as served:
        checker = Checker(pages, served, options.verbose)
        results = pool.run(checker.check, chosen, options.jobs, Limits(options.silent))
    failed = sum(not result.agrees for result in results)
    print(f"{len(results) - failed} as written down, {failed} not")
    if not (failed or options.quick or options.codes):
        TABLE.write_text(pages_table.text(chosen, pages))
    return 1 if failed else 0


def _problems(pages: dict[str, Any]) -> list[str]:
    """What `pages.toml` lacks, and what it has too much."""
    written = list(examples.read([]))
    unknown = sorted(pages.keys() - {example.page for example in written})
    nothing = [
        example.name
        for example in written
        if pages_table.outcome(example, pages.get(example.page, {})) == "nothing"
    ]
    return [f"{name}: there is no such page" for name in unknown] + [
        f"{name}: nothing says how it ends" for name in nothing
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("codes", nargs="*", help="pages")
    parser.add_argument("--quick", action="store_true", help="only the pages of the gate")
    parser.add_argument("--silent", type=float, default=30, metavar="SECONDS")
    parser.add_argument("--jobs", type=int, default=2, help="how many builds run side by side")
    parser.add_argument("--verbose", action="store_true", help="print the ends of the outputs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
