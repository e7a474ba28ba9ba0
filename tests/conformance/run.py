#!/usr/bin/env python3
"""Compares `sbx compile` with a platform's official SDK, value by value."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cases
import compare
import differences
import documents
import generate
import sdk
import selftest
import shrink
import toml_writer
from cases import Case
from compare import Sides, Usage, Verdict
from compiler import Compiler
from generate import Sample
from sdk import Sdk
from tree import to_toml

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
COUNT = 500
SEED = "1"
MAX_FAILURES = 10


@dataclass(frozen=True)
class Check:
    """The two that are compared, and where."""

    compiler: Compiler
    sdk: Sdk
    scratch: Scratch


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
    compiler = Compiler(arguments.sbx.resolve(), arguments.sdk)
    if not os.access(compiler.path, os.X_OK):
        print(f"no executable sbx at {compiler.path}", file=sys.stderr)
        return 2
    report = Report()
    with tempfile.TemporaryDirectory(prefix="sbx-conformance-") as root:
        chosen = sdk.choose(arguments.sdk)
        check = Check(compiler, chosen, Scratch(Path(root).resolve()))
        if arguments.case:
            written = [cases.load(path, chosen.name) for path in arguments.case]
            _hand_written(report, check, written)
            return report.finish()
        written = cases.load_all(HERE / "cases", chosen.name)
        if arguments.self_test:
            _self_test(report, check, written)
            return report.finish()
        _hand_written(report, check, written)
        for row in report.usage.unused(differences.names(chosen.name)):
            report.add(f"the row `{row}`", ["nothing in this run needed it"])
        _documents(report, check, arguments.next_binary)
        _examples(report, check)
        _generated(report, check, arguments)
    return report.finish()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbx", type=Path, required=True, help="the binary to check")
    parser.add_argument("--sdk", choices=sdk.NAMES, required=True, help="which SDK")
    parser.add_argument("--count", type=int, default=COUNT, help="generated manifests")
    parser.add_argument("--seed", default=SEED, help="what they are generated from")
    parser.add_argument("--only", type=int, help="generate that manifest alone")
    parser.add_argument(
        "--failures", type=Path, help="where shrunk failures go [default: a new one]"
    )
    parser.add_argument(
        "--next-binary", action="store_true", help="with documents that wait for it"
    )
    parser.add_argument("--self-test", action="store_true", help="prove it can fail")
    parser.add_argument(
        "--case", type=Path, action="append", help="check this case's directory alone"
    )
    return parser.parse_args()


def _judged(judge: Callable[[], Verdict]) -> Verdict:
    """A defect of the check itself is a failure to report, too."""
    try:
        return judge()
    except Exception:
        return Verdict(faults=["the check fails: " + traceback.format_exc()])


def _hand_written(report: Report, check: Check, written: list[Case]) -> None:
    for case in written:
        root = check.scratch.directory()
        verdict = _judged(
            lambda: case.judge(case.sides(check.compiler, check.sdk, root))
        )
        report.add(f"case {case.name}", verdict.faults)
        report.usage.add(verdict)
        check.scratch.drop(root)
    print(f"{len(written)} cases")


def _documents(report: Report, check: Check, next_binary: bool) -> None:
    """The code samples of the platforms' documentation."""
    found = documents.load_all(check.sdk.name, next_binary)
    for document in found:
        verdict = _judged(
            lambda: document.judge(document.sides(check.compiler, check.sdk))
        )
        report.add(f"document {document.name}", verdict.faults)
    print(f"{len(found)} documents")


def _examples(report: Report, check: Check) -> None:
    """The examples of the repository, where they stand."""
    found = sorted(EXAMPLES.glob("*/sandbox.toml"))
    for path in found:
        verdict = _judged(lambda: _example(check, path))
        report.add(f"example {path.parent.name}", verdict.faults)
    if not found:
        report.add("the examples", [f"there are none in {EXAMPLES}"])
    print(f"{len(found)} examples")


def _example(check: Check, path: Path) -> Verdict:
    environment = {name: f"value of {name}" for name in _variables(path)}
    source = compare.read(check.sdk, path, environment)
    verdict = compare.judge(compare.run(check.compiler, source))
    if verdict.refused:
        verdict.faults.append(f"refused with {', '.join(verdict.codes)}")
    return verdict


def _self_test(report: Report, check: Check, written: list[Case]) -> None:
    """Mutates the outcome of every case and document that is as it should be."""
    seen: set[str] = set()
    for case in written:
        root = check.scratch.directory()
        sides = case.sides(check.compiler, check.sdk, root)
        if not case.judge(sides).faults:
            report.add(case.name, list(selftest.undetected(case, sides, seen)))
        check.scratch.drop(root)
    for document in documents.load_all(check.sdk.name, next_binary=False):
        sides = document.sides(check.compiler, check.sdk)
        if not document.judge(sides).faults:
            report.add(document.name, list(selftest.undetected(document, sides, seen)))
    report.add("the mutations", list(selftest.unneeded(seen)))
    print(f"{len(seen)} kinds of changes")


def _variables(path: Path) -> list[str]:
    """The variables that an example's secrets are read from."""
    return re.findall(r'env *= *"([A-Z_]+)"', path.read_text())


def _self_test(
    report: Report, check: Check, written: list[Case]
) -> None:
    """Mutates the outcome of every case that is as it should be."""
    seen: set[str] = set()
    for case in written:
        root = check.scratch.directory()
        sides = case.sides(check.compiler, check.sdk, root)
        if not case.judge(sides).faults:
            report.add(case.name, list(selftest.undetected(case, sides, seen)))
        check.scratch.drop(root)
    report.add("the mutations", list(selftest.unneeded(seen)))
    print(f"{len(seen)} kinds of changes")


def _generated(
    report: Report, check: Check, arguments: argparse.Namespace
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
        root = check.scratch.directory()
        sample = generate.sample(check.sdk, seed, root)
        check.scratch.drop(root)
        verdict = _verdict(sample, check)
        kinds[_kind(verdict)] += 1
        report.add(name, verdict.faults)
        if not verdict.faults:
            continue
        where = _written_down(sample, verdict, check, arguments, number)
        print(
            f"  reproduce with {check.sdk.name} --seed {arguments.seed} --only {number}, or --case {where}"
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


def _verdict(sample: Sample, check: Check) -> Verdict:
    root = check.scratch.directory()
    verdict = _judged(lambda: compare.judge(_asked(sample, check, root)))
    check.scratch.drop(root)
    return verdict


def _asked(sample: Sample, check: Check, root: Path) -> Sides:
    case = sample.case("generated")
    return case.sides(check.compiler, check.sdk, root, thorough=False)


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
    check: Check,
    arguments: argparse.Namespace,
    number: int,
) -> Path:
    """Shrinks a failure, and writes it as a case."""
    symptom = _symptom(verdict)

    def fails(smaller: Sample) -> bool:
        return bool(_symptom(_verdict(smaller, check)) & symptom)

    small = shrink.shrink(sample, fails)
    if arguments.failures is None:
        arguments.failures = Path(tempfile.mkdtemp(prefix="sbx-conformance-failures-"))
    directory = arguments.failures / f"seed-{arguments.seed}-{number}"
    directory.mkdir(parents=True, exist_ok=True)
    case = small.case(directory.name)
    table = to_toml(case.tree)
    if case.manifest != "sandbox.toml":
        table["manifest"] = case.manifest
    if case.environment:
        table["env"] = case.environment
    (directory / "sandbox.toml").write_bytes(case.text)
    (directory / "case.toml").write_text(toml_writer.dumps(table))
    for fault in _verdict(small, check).faults:
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
