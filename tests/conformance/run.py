#!/usr/bin/env python3
"""Compares `sbx compile --platform e2b` with the official SDK, value by value."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import cases
import compare
import generate
import selftest
import shrink
import toml_writer
from cases import Case
from compare import Sides, Usage, Verdict
from compiler import Compiler
from generate import Sample
from tree import to_toml

HERE = Path(__file__).resolve().parent
COUNT = 500
SEED = "1"
MAX_FAILURES = 10


@dataclass
class Report:
    """What passed and what did not, as it is printed."""

    passed: int = 0
    failed: int = 0
    usage: Usage = field(default_factory=Usage)

    def add(self, name: str, faults: list[str]) -> None:
        if not faults:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAILED {name}", flush=True)
        for fault in faults:
            print(f"  {fault}")

    def finish(self) -> int:
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


class Scratch:
    """Temporary directories, one for each tree."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.made = 0

    def directory(self) -> Path:
        """A new path two levels down, so that a tree's `..` holds nothing else."""
        self.made += 1
        return self.root / str(self.made) / "root"

    def drop(self, directory: Path) -> None:
        shutil.rmtree(directory.parent, ignore_errors=True)


def main() -> int:
    arguments = _arguments()
    compiler = Compiler(arguments.sbx.resolve())
    if not os.access(compiler.path, os.X_OK):
        print(f"no executable sbx at {compiler.path}", file=sys.stderr)
        return 2
    report = Report()
    with tempfile.TemporaryDirectory(prefix="sbx-conformance-") as root:
        scratch = Scratch(Path(root).resolve())
        if arguments.case:
            written = [cases.load(path) for path in arguments.case]
            _hand_written(report, compiler, scratch, written)
            return report.finish()
        written = cases.load_all(HERE / "cases")
        if arguments.self_test:
            _self_test(report, compiler, scratch, written)
            return report.finish()
        _hand_written(report, compiler, scratch, written)
        for row in report.usage.unused():
            report.add(f"the row `{row}`", ["nothing in this run needed it"])
        _generated(report, compiler, scratch, arguments)
    return report.finish()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbx", type=Path, required=True, help="the binary to check")
    parser.add_argument("--count", type=int, default=COUNT, help="generated manifests")
    parser.add_argument("--seed", default=SEED, help="what they are generated from")
    parser.add_argument("--only", type=int, help="generate that manifest alone")
    parser.add_argument(
        "--failures", type=Path, help="where shrunk failures go [default: a new one]"
    )
    parser.add_argument("--self-test", action="store_true", help="prove it can fail")
    parser.add_argument(
        "--case", type=Path, action="append", help="check this case's directory alone"
    )
    return parser.parse_args()


def _hand_written(
    report: Report, compiler: Compiler, scratch: Scratch, written: list[Case]
) -> None:
    for case in written:
        root = scratch.directory()
        verdict = case.judge(case.sides(compiler, root))
        report.add(f"case {case.name}", verdict.faults)
        report.usage.add(verdict)
        scratch.drop(root)
    print(f"{len(written)} cases")


def _self_test(
    report: Report, compiler: Compiler, scratch: Scratch, written: list[Case]
) -> None:
    """Mutates the outcome of every case that is as it should be."""
    seen: set[str] = set()
    for case in written:
        root = scratch.directory()
        sides = case.sides(compiler, root)
        if not case.judge(sides).faults:
            report.add(case.name, list(selftest.undetected(case, sides, seen)))
        scratch.drop(root)
    report.add("the mutations", list(selftest.unneeded(seen)))
    print(f"{len(seen)} kinds of changes")


def _generated(
    report: Report, compiler: Compiler, scratch: Scratch, arguments: argparse.Namespace
) -> None:
    began = time.monotonic()
    kinds: Counter[str] = Counter()
    failures = 0
    numbers = range(arguments.count)
    if arguments.only is not None:
        numbers = range(arguments.only, arguments.only + 1)
    for number in numbers:
        seed = f"{arguments.seed}:{number}"
        name = f"manifest {number} of seed {arguments.seed}"
        root = scratch.directory()
        sample = generate.sample(seed, root)
        scratch.drop(root)
        verdict = _verdict(sample, compiler, scratch)
        kinds[_kind(verdict)] += 1
        report.add(name, verdict.faults)
        if not verdict.faults:
            continue
        where = _written_down(sample, verdict, compiler, scratch, arguments, number)
        print(
            f"  reproduce with --seed {arguments.seed} --only {number}, or --case {where}"
        )
        failures += 1
        if failures == MAX_FAILURES:
            print(f"stopped after {failures} failures")
            break
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    seconds = time.monotonic() - began
    print(
        f"seed {arguments.seed}: {kinds.total()} manifests in {seconds:.0f} s: {told}"
    )


def _verdict(sample: Sample, compiler: Compiler, scratch: Scratch) -> Verdict:
    root = scratch.directory()
    try:
        return compare.judge(sample.case("generated").sides(compiler, root))
    except Exception:  # A defect of the check itself is a failure to report, too.
        return Verdict(faults=["the check fails: " + traceback.format_exc()])
    finally:
        scratch.drop(root)


def _kind(verdict: Verdict) -> str:
    if verdict.faults:
        return "failed"
    if not verdict.refused:
        return "compiled"
    return "refused by both" if verdict.sdk_refuses else "refused on purpose"


def _symptom(verdict: Verdict) -> set[str]:
    """What must stay the same while a failure is made smaller."""
    return {fault.split(":")[0].split("[")[0] for fault in verdict.faults}


def _written_down(
    sample: Sample,
    verdict: Verdict,
    compiler: Compiler,
    scratch: Scratch,
    arguments: argparse.Namespace,
    number: int,
) -> Path:
    """Shrinks a failure, and writes it as a case."""
    symptom = _symptom(verdict)

    def fails(smaller: Sample) -> bool:
        return bool(_symptom(_verdict(smaller, compiler, scratch)) & symptom)

    small = shrink.shrink(sample, fails)
    if arguments.failures is None:
        arguments.failures = Path(tempfile.mkdtemp(prefix="sbx-conformance-failures-"))
    directory = arguments.failures / f"seed-{arguments.seed}-{number}"
    directory.mkdir(parents=True, exist_ok=True)
    case = small.case(directory.name)
    table = to_toml(case.tree)
    if case.manifest != "sandbox.toml":
        table["manifest"] = case.manifest
    (directory / "sandbox.toml").write_bytes(case.text)
    (directory / "case.toml").write_text(toml_writer.dumps(table))
    for fault in _verdict(small, compiler, scratch).faults:
        print(f"  shrunk: {fault}")
    print("".join(f"    {line}\n" for line in case.text.decode().splitlines()), end="")
    print(f"    tree: {' '.join(_listed(small))}")
    return directory


def _listed(sample: Sample) -> list[str]:
    tree = sample.whole_tree()
    shown = []
    for path, node in sorted(tree.nodes.items()):
        mark = {"dir": "/", "link": f" -> {node.target}"}.get(node.kind, "")
        content = f" {node.content!r}" if path.endswith(".dockerignore") else ""
        shown.append(f"{path!r}{mark}{content}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
