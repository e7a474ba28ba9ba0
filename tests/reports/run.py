"""Holds the forms of a report against each other and against what reads them."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import jsonschema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FORMATS = ("human", "short", "json", "sarif", "github")
LEVELS = {"warning": "warning", "error": "error"}


@dataclass
class Ran:
    """What a check printed."""

    exit: int
    out: str
    err: str


@dataclass
class Case:
    """A manifest with what stands around it."""

    name: str
    directory: Path
    arguments: tuple[str, ...] = ()


class Check:
    """Runs the program and counts what holds."""

    def __init__(self, sbx: Path) -> None:
        self.sbx = sbx
        self.passed = 0
        self.failed: list[str] = []
        schema = json.loads((HERE / "sarif-schema-2.1.0.json").read_text())
        self.sarif = jsonschema.Draft7Validator(schema)

    def run(self, case: Case, form: str) -> Ran:
        """Checks the manifest of a case in one form."""
        keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        done = subprocess.run(
            [self.sbx, "check", "--format", form, *case.arguments],
            cwd=case.directory,
            env={**keep, "NO_COLOR": "1"},
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def hold(self, what: str, faults: list[str]) -> None:
        """Counts one comparison."""
        if faults:
            self.failed.append(f"{what}:\n    " + "\n    ".join(faults[:5]))
        else:
            self.passed += 1

    def case(self, case: Case) -> None:
        """All forms of one report."""
        ran = {form: self.run(case, form) for form in FORMATS}
        exits = {form: it.exit for form, it in ran.items()}
        faults = [] if len(set(exits.values())) == 1 else [f"exit codes differ: {exits}"]
        faults += [f"{form}: {it.err}" for form, it in ran.items() if "panicked" in it.err]
        faults += [f"exit {it.exit}" for it in ran.values() if it.exit not in (0, 1)]
        self.hold(f"{case.name}: exit codes", faults)

        told = json.loads(ran["json"].out)["diagnostics"]
        self.hold(f"{case.name}: sarif", self.sarif_faults(json.loads(ran["sarif"].out), told))
        self.hold(f"{case.name}: github", github_faults(ran["github"].out, told))
        short = ran["short"].out.splitlines()
        self.hold(f"{case.name}: short", short_faults(short, told))
        human = [line for line in ran["human"].out.splitlines() if re.fullmatch("[a-z0-9-]+", line)]
        codes = [it["code"] for it in told]
        self.hold(f"{case.name}: human", [] if human == codes else [f"{human} for {codes}"])

    def sarif_faults(self, log: dict, told: list[dict]) -> list[str]:
        """What is wrong with a SARIF log of these diagnostics."""
        faults = [f"{it.json_path}: {it.message}" for it in self.sarif.iter_errors(log)]
        run = log["runs"][0]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        if len(run["results"]) != len(told):
            return [*faults, f"{len(run['results'])} results for {len(told)} diagnostics"]
        for result, it in zip(run["results"], told, strict=True):
            if (result["ruleId"], rules[result["ruleIndex"]]) != (it["code"], it["code"]):
                faults.append(f"{result['ruleId']} is not {it['code']}")
            level = "error" if it.get("denied") else LEVELS[it["severity"]]
            if result["level"] != level:
                faults.append(f"{it['code']}: level {result['level']}")
            if not result["message"]["text"].startswith(it["message"]):
                faults.append(f"{it['code']}: another message")
            region = result["locations"][0]["physicalLocation"].get("region")
            faults += region_faults(region, it["range"])
            related = result.get("relatedLocations", [])
            if len(related) != len(it["labels"]):
                faults.append(f"{it['code']}: {len(related)} related places")
            changes = [
                replacement
                for fix in result.get("fixes", [])
                for change in fix["artifactChanges"]
                for replacement in change["replacements"]
            ]
            edits = it.get("fix", {}).get("edits", [])
            if [it["insertedContent"]["text"] for it in changes] != [it["text"] for it in edits]:
                faults.append(f"{it['code']}: another fix")
        return faults


def region_faults(region: dict | None, place: dict | None) -> list[str]:
    """Where a region of SARIF is not the range of the JSON report."""
    if region is None or place is None:
        return [] if region is None and place is None else ["a place on one side only"]
    start, end = place["start"], place["end"]
    meant = {
        "startLine": start["line"],
        "startColumn": start["column"],
        "endLine": end["line"],
        "endColumn": end["column"],
        "byteOffset": start["offset"],
        "byteLength": end["offset"] - start["offset"],
    }
    return [] if region == meant else [f"{region} is not {meant}"]


def decoded(text: str) -> str:
    """What a GitHub runner makes of escaped text."""
    for escape, character in (
        ("%0D", "\r"),
        ("%0A", "\n"),
        ("%3A", ":"),
        ("%2C", ","),
        ("%25", "%"),
    ):
        text = text.replace(escape, character)
    return text


def github_faults(out: str, told: list[dict]) -> list[str]:
    """What is wrong with the annotations of these diagnostics."""
    lines = out.splitlines()
    if len(lines) != len(told):
        return [f"{len(lines)} annotations for {len(told)} diagnostics"]
    faults = []
    for line, it in zip(lines, told, strict=True):
        match = re.fullmatch(r"::(error|warning) ([^:]*)::(.*)", line)
        if match is None:
            faults.append(f"not an annotation: {line}")
            continue
        properties = dict(one.split("=", 1) for one in match[2].split(","))
        level = "error" if it.get("denied") else it["severity"]
        if match[1] != level or decoded(properties["title"]) != it["code"]:
            faults.append(f"{line} is not {it['code']}")
        if decoded(properties["file"]) != it["file"]:
            faults.append(f"another file: {line}")
        if it["range"] and int(properties["line"]) != it["range"]["start"]["line"]:
            faults.append(f"another line: {line}")
        if not decoded(match[3]).startswith(it["message"]):
            faults.append(f"another message: {line}")
    return faults


def short_faults(lines: list[str], told: list[dict]) -> list[str]:
    """What is wrong with the short lines of these diagnostics."""
    if len(lines) != len(told):
        return [f"{len(lines)} lines for {len(told)} diagnostics"]
    faults = []
    for line, it in zip(lines, told, strict=True):
        place = it["file"]
        if it["range"]:
            start = it["range"]["start"]
            place += f":{start['line']}:{start['column']}"
        head = f"{place}: {it['severity']}[{it['code']}]: "
        if not line.startswith(head):
            faults.append(f"{line} does not begin with {head}")
    return faults


def cases(work: Path) -> list[Case]:
    """The manifests that this repository has, and input that is none."""
    found = []

    def directory(name: str) -> Path:
        place = work / name.replace("/", "-")
        shutil.copytree(ROOT / "tests/ui/context", place)
        return place

    for path in sorted([*ROOT.glob("tests/ui/*/*.toml"), *ROOT.glob("tests/first_time/*.toml")]):
        text = path.read_text(errors="surrogateescape")
        # A case of another command is not this one's.
        if text.startswith("# run: "):
            continue
        name = str(path.relative_to(ROOT / "tests"))
        place = directory(name)
        shutil.copy(path, place / "sandbox.toml")
        dockerfile = path.with_suffix(".Dockerfile")
        if dockerfile.exists():
            shutil.copy(dockerfile, place / "Dockerfile")
        found.append(Case(name, place))
        found.append(Case(f"{name} for all", place, ("--platform", "all", "--deny", "warnings")))
    for path in sorted(ROOT.glob("examples/*/sandbox.toml")):
        found.append(Case(str(path.relative_to(ROOT)), path.parent))

    strange = {
        "binary": bytes(range(256)) * 64,
        "latin-1": 'name = "ä"\n'.encode("latin-1"),
        "too large": b"#" * 3_000_000,
        "nothing": b"",
        "brackets": b"a = " + b"[" * 10_000,
        "one long line": b'name = "' + b"x" * 900_000 + b'"',
        "faults in one line": b"steps = [" + b"{ x = 1 }, " * 2_000 + b"]",
        "mark and returns": b'\xef\xbb\xbfname = "A"\r\nfrom = "ubuntu"\r\ntags = ["v1"]\r\n',
        "percent, comma, colon": b'name = "100%25,a:b%0A"\nfrom = "ubuntu"\n',
        "wide characters": 'name = "日本語🦀"\nfrom = "ubuntu"\n'.encode(),
    }
    for name, content in strange.items():
        place = directory(name)
        (place / "sandbox.toml").write_bytes(content)
        found.append(Case(name, place))
    found.append(Case("missing", directory("missing")))
    odd = directory("a directory, 100% odd: [x]")
    (odd / "a b,c:d%.toml").write_text('name = "A"\nfrom = "ubuntu"\n')
    found.append(Case("an odd name", odd, ("a b,c:d%.toml",)))
    found.append(Case("a device", odd, ("/dev/zero",)))
    return found


def main() -> int:
    """Runs all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbx", type=Path, required=True)
    arguments = parser.parse_args()
    check = Check(arguments.sbx.resolve())
    with tempfile.TemporaryDirectory() as work:
        for case in cases(Path(work)):
            check.case(case)
    for fault in check.failed:
        print(fault)
    print(f"{check.passed} passed, {len(check.failed)} failed")
    return 1 if check.failed or check.passed < 500 else 0


if __name__ == "__main__":
    sys.exit(main())
