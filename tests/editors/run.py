"""Holds what editors' validators say of manifests against what `sbx check` says."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

import asked
import corpus
import messages
import selftest
import tools as programs
import verdicts
from corpus import ROOT, Manifest
from tools import Ajv, Diagnostic, Finding, Findings, Schema, Tools, Validator

MESSAGES = Path(__file__).with_name("messages.txt")


def places(manifest: Manifest, findings: list[Finding]) -> dict[str, set[str]]:
    """By message, the top-level keys that a tool speaks of; the empty one is the whole."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        if finding.path is not None:
            first, *rest = [*finding.path, "", ""]
            step = first == "steps" and rest[0].isdigit() and "[[steps]]" in manifest.text
            place = f"steps[{rest[0]}]" if step else first
        elif finding.line is not None:
            place = manifest.place(finding.line)
        else:
            place = ""
        found.setdefault(finding.message, set()).add(place)
    return found


def misplaced(
    manifest: Manifest,
    errors: list[Diagnostic],
    said: list[Diagnostic],
    findings: list[Finding],
) -> list[str]:
    """Where a tool that found a fault speaks of another part of the manifest than `sbx`."""
    if any(it.code == "toml-syntax" for it in errors):
        return []
    found = places(manifest, findings)
    spoken = set().union(*found.values()) if found else set()
    # A key that is missing or unknown at the top is a fault of the whole.
    at = {manifest.place(it.line): it for it in errors}
    missing = [
        f"`sbx` says {it.code} of `{manifest.place(it.line)}`, the tool nothing"
        for it in said
        if not spoken & {manifest.place(it.line), ""}
    ]
    invented = [
        f"the tool says of {sorted(where)}: {message}"
        for message, where in found.items()
        if not where & {*at, ""}
    ]
    return missing + invented


class Judge:
    """Counts what agrees and tells what does not."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.passed = 0
        self.failed = 0
        self.used: set[str] = set()

    def tell(self, fault: str) -> None:
        """Reports a failure."""
        self.failed += 1
        if not self.quiet:
            print(f"FAILED {fault}")

    def expect(self, holds: bool, fault: str) -> None:
        """Counts one more thing that was looked at."""
        if holds:
            self.passed += 1
        else:
            self.tell(fault)

    def compare(
        self, tool: str, manifest: Manifest, errors: list[Diagnostic], found: list[Finding]
    ) -> None:
        """Holds one tool's word on one manifest against that of `sbx`."""
        said = verdicts.sayable(errors, self.used)
        rows = [
            row.name
            for row in verdicts.DIFFERENCES
            if tool in row.tools and row.admits(manifest, said)
        ]
        if bool(said) != bool(found):
            fault = f"{tool}, {manifest.name}"
            told = [f"sbx: {it.code}, line {it.line}: {it.message}" for it in said]
            told += [f"{tool}: {it.message}" for it in found[:3]]
        else:
            fault = f"{tool}, {manifest.name}: elsewhere"
            told = misplaced(manifest, errors, said, found) if found else []
        if not told:
            self.passed += 1
        elif rows:
            self.used.update(f"{tool}: {row}" for row in rows)
            self.passed += 1
        else:
            self.tell("\n  ".join([fault, *told]))


def judged(
    manifests: dict[str, Manifest],
    errors: dict[str, list[Diagnostic]],
    found: dict[str, Findings],
    judge: Judge,
) -> None:
    """Holds every tool's word on every manifest against that of `sbx`."""
    for tool, findings in found.items():
        for file, manifest in manifests.items():
            judge.compare(tool, manifest, errors[file], findings[file])


def corpus_is_sound(
    manifests: dict[str, Manifest], errors: dict[str, list[Diagnostic]], judge: Judge
) -> None:
    """`sbx` itself takes what is meant to be good, and refuses what is meant to be bad."""
    for file, manifest in manifests.items():
        if manifest.must_be_good or manifest.name.startswith("own/good/"):
            said = verdicts.sayable(errors[file], judge.used)
            judge.expect(not said, f"sbx refuses {manifest.name}")
        elif manifest.name.startswith(("own/bad/", "schemastore/bad/")):
            judge.expect(bool(errors[file]), f"sbx takes {manifest.name}")
    listed = verdicts.SAID | verdicts.UNSAID.keys()
    table = (ROOT / "src/diagnostic/code.rs").read_text()
    codes = set(re.findall(r'"([a-z0-9-]+)" Error \w+ "', table))
    judge.expect(codes == listed, f"only one of both has these codes: {codes ^ listed}")


def compare(
    tools: Tools,
    validators: dict[str, Validator],
    manifests: dict[str, Manifest],
    schema: Schema,
    update: bool,
) -> Judge:
    """The check itself."""
    judge = Judge()
    files = list(manifests)
    errors = programs.check(tools, files, [it.text for it in manifests.values()])
    corpus_is_sound(manifests, errors, judge)
    found = programs.validate(tools, validators, files, schema)
    judged(manifests, errors, found, judge)
    page = messages.text({file: it.text for file, it in manifests.items()}, found)
    if update:
        MESSAGES.write_text(page)
    judge.expect(page == MESSAGES.read_text(), f"{MESSAGES.name} is not what the tools say")
    rows = [row.name for row in verdicts.BEYOND]
    rows += [f"{tool}: {row.name}" for row in verdicts.DIFFERENCES for tool in row.tools]
    for row in sorted(set(rows) - judge.used):
        judge.tell(f"nothing needed the row `{row}`")
    asked.check(tools, judge)
    return judge


def self_test(
    tools: Tools,
    validators: dict[str, Validator],
    ajv: Ajv,
    manifests: dict[str, Manifest],
    schema: Schema,
) -> Judge:
    """Whether the check notices what it is there for."""
    judge = Judge()
    own = {file: it for file, it in manifests.items() if it.name.startswith("own/")}
    faults = selftest.rules(ajv, own, schema)
    judge.expect(not faults, "\n  ".join(["rules", *faults]))
    errors = programs.check(tools, list(own), [it.text for it in own.values()])

    def disagreements(tool: str, findings: Findings) -> int:
        counting = Judge(quiet=True)
        judged(own, errors, {tool: findings}, counting)
        return counting.failed

    before = programs.validate(tools, validators, list(own), schema)
    for tool, findings in before.items():
        judge.expect(not disagreements(tool, findings), f"{tool} disagrees with no fault at all")
    for fault in selftest.mutations(tools, validators, own, schema, disagreements):
        judge.tell(fault)
    judge.passed += len(selftest.MUTATIONS)
    return judge


def main() -> int:
    """Runs the check; 0 if nothing failed and something ran."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--sbx", type=Path, required=True)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--update", action="store_true", help="rewrite messages.txt")
    arguments = parser.parse_args()
    schema = json.loads((ROOT / "schema/sandbox.schema.json").read_text())
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory).resolve()
        tools = Tools(arguments.tools.resolve(), arguments.sbx.resolve(), place)
        manifests = corpus.write(place)
        ajv = Ajv(tools)
        validators: dict[str, Validator] = {
            "taplo": programs.taplo,
            "tombi": programs.tombi,
            "check-jsonschema": programs.check_jsonschema,
            "ajv": ajv,
        }
        if arguments.self_test:
            judge = self_test(tools, validators, ajv, manifests, schema)
        else:
            judge = compare(tools, validators, manifests, schema, arguments.update)
        ajv.close()
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed or not judge.passed else 0


if __name__ == "__main__":
    sys.exit(main())
