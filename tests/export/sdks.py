#!/usr/bin/env python3
"""Exports manifests to Python and TypeScript, runs the code with an official SDK, and compares what
it sends with what `sbx compile` says: registration, base, steps, start and readiness check."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/conformance"))

import cases
import generate
import hostile
import sdk
import toml_writer
from compiler import Compiled, Compiler
from recorder import Recorder

LANGUAGES = {"python": "template.py", "typescript": "template.mts"}
MAX_FAILURES = 10

FATAL = ("reads patterns of ignored files in its own way", "fails when the build starts")
"""What is lost in such a way that the SDK may make no request at all."""



class Driver:
    """A process that runs programs of a language."""

    def __init__(self, language: str, modules: Path) -> None:
        command = {
            "python": [sys.executable, str(HERE / "driver.py")],
            # Packages are found from the directory of the driver.
            "typescript": ["node", str(modules / "driver.mjs")],
        }[language]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def run(self, program: Path, environment: dict[str, str]) -> str:
        """The error of a program; empty if it ended well."""
        assert self.process.stdin and self.process.stdout
        task = {"program": str(program), "environment": environment}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        # The SDKs print their logs in between.
        for line in self.process.stdout:
            if line.startswith("answer: "):
                return json.loads(line.removeprefix("answer: "))
        return "the driver has ended"


class Check:
    """What is compared, with what it takes."""

    def __init__(self, compiler: Compiler, sdk_name: str, modules: Path) -> None:
        self.compiler = compiler
        self.name = sdk_name
        self.recorder = Recorder()
        self.drivers = {language: Driver(language, modules) for language in LANGUAGES}
        self.modules = modules
        self.counts: Counter[str] = Counter()
        self.failures = 0

    def manifest(self, name: str, path: Path, environment: dict[str, str], hashes: bool) -> None:
        compiled = self.compiler.compile(path, environment)
        for language, file in LANGUAGES.items():
            faults = list(self.faults(path, (language, file), environment, compiled, hashes))
            if faults:
                self.failures += 1
                print(f"FAILED {name}, {language}", flush=True)
                for fault in faults:
                    print(f"  {fault}")

    def faults(
        self,
        path: Path,
        target: tuple[str, str],
        environment: dict[str, str],
        compiled: Compiled,
        hashes: bool,
    ) -> Iterator[str]:
        language, file = target
        # Not in the context, and where Node finds the packages.
        into = Path(tempfile.mkdtemp(prefix="export-", dir=self.modules))
        exported = self.export(path, language, into / file, environment)
        lost = [line for line in exported.stderr.splitlines() if line.startswith("lost: ")]
        if compiled.body is None:
            self.counts["refused"] += 1
            if exported.returncode != 1 or (into / file).exists():
                yield f"compile refuses it, export ended with {exported.returncode}"
            return
        if exported.returncode != (1 if lost else 0):
            yield f"export ended with {exported.returncode}: {exported.stderr}"
            return
        self.recorder.forget()
        key = self.name.upper()
        # The form of the key is checked by one of the SDKs.
        own = {f"{key}_API_URL": self.recorder.url, f"{key}_API_KEY": "e2b_" + "0" * 40}
        if error := self.drivers[language].run(into / file, environment | own):
            if any(word in line for line in lost for word in FATAL):
                self.counts["lossy, refused by the SDK"] += 1
                return
            # The packages on npm follow links that lead nowhere.
            if language == "typescript" and re.search(r"EN(OENT|OTDIR)|ELOOP", error):
                self.counts["refused by the SDK"] += 1
                return
            yield f"the program fails: {error}\n{(into / file).read_text()}"
            return
        self.counts["lossy" if lost else "equal"] += 1
        registered = compiled.requests[0]["body"]
        yield from unequal("registration", registered, self.recorder.registered)
        expected, actual = compiled.body, self.recorder.started
        if lost and any("mode" in line for line in lost):
            for body in (expected, actual):
                body["steps"] = [without_mode(step) for step in body["steps"]]
        keep_hashes = hashes and language == "python" and self.name == "e2b"
        yield from unequal("build", wanted(expected, self.name, keep_hashes), sent(actual, self.name, keep_hashes))

    def export(
        self, path: Path, language: str, output: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        own = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "SBX_NO_HASH_CACHE": "1"}
        return subprocess.run(
            [
                *(self.compiler.path, "export", language, "--platform", self.compiler.platform),
                *("--allow-outside", "/", "--output", output, path),
            ],
            env=own | environment,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )


def without_mode(step: dict[str, Any]) -> dict[str, Any]:
    """A copy without its mode, which a package does not send if it is zero."""
    if step["type"] != "COPY":
        return step
    mode = "" if step["args"][3] == "0000" else step["args"][3]
    return step | {"args": [*step["args"][:3], mode]}


def wanted(body: dict[str, Any], name: str, hashes: bool) -> dict[str, Any]:
    """What `sbx` sends, with what the exported code says in another way."""
    steps: list[dict[str, Any]] = []
    for step in body["steps"]:
        if step["type"] == "USER" and step["args"][1:] == ["true"]:
            user = step["args"][0]
            steps.append(step | {"args": [user]})
            rule = f"echo {user}' ALL=(ALL:ALL) NOPASSWD: ALL' >>/etc/sudoers"
            text = f"usermod -aG sudo {user} && passwd -d {user} && {rule}"
            steps.append({"type": "RUN", "args": [text, "root"], "force": step["force"]})
        else:
            steps.append(step)
    if name == "novita" and steps and is_environment(steps[-1]):
        steps.pop()
    body = body | {"steps": [bare(step, hashes) for step in steps]}
    if "startCmd" in body and "readyCmd" not in body:
        body["readyCmd"] = "sleep 20"
    return normal(body)


def sent(body: dict[str, Any] | None, name: str, hashes: bool) -> dict[str, Any] | None:
    """What the SDK has sent, without the step that Novita's appends for itself."""
    if body is None:
        return None
    steps = list(body["steps"])
    if name == "novita" and any(step["type"] == "ENV" for step in steps):
        last = steps.pop()
        assert last["args"][0].startswith("echo ") and "novita-image-env" in last["args"][0], last
    return normal(body | {"steps": [bare(step, hashes) for step in steps]})


def is_environment(step: dict[str, Any]) -> bool:
    """Whether a step is the one of `sbx` that makes variables available in the sandbox."""
    return step["type"] == "RUN" and bool(re.match(r"s=\$\(echo \S+ \| base64 -d\)", step["args"][0]))


def bare(step: dict[str, Any], hashes: bool) -> dict[str, Any]:
    """A step; the packages hash directories and patterns in ways of their own."""
    # One package also sends what only it reads.
    step = {key: value for key, value in step.items() if key not in ("resolveSymlinks", "gzip")}
    if hashes or "filesHash" not in step:
        return step
    return step | {"filesHash": "a hash"}


def normal(body: dict[str, Any]) -> dict[str, Any]:
    """A service account is an object, however its text is laid out."""
    registry = body.get("fromImageRegistry", {})
    if "serviceAccountJson" in registry:
        account = json.loads(registry["serviceAccountJson"])
        body = body | {"fromImageRegistry": registry | {"serviceAccountJson": account}}
    return body


def unequal(what: str, expected: Any, actual: Any) -> Iterator[str]:
    if expected == actual:
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted({*expected, *actual}):
            yield from unequal(f"{what}.{key}", expected.get(key), actual.get(key))
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for at, (one, other) in enumerate(zip(expected, actual)):
            yield from unequal(f"{what}[{at}]", one, other)
    else:
        yield f"{what}: compile has {expected!r}, the SDK sends {actual!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbx", type=Path, required=True)
    parser.add_argument("--sdk", choices=sdk.NAMES, required=True)
    parser.add_argument("--modules", type=Path, required=True, help="the packages of npm")
    parser.add_argument("--count", type=int, default=60, help="generated manifests")
    parser.add_argument("--seed", default="export")
    parser.add_argument("--only", help="the names that contain this text")
    arguments = parser.parse_args()
    chosen = sdk.choose(arguments.sdk)
    compiler = Compiler(arguments.sbx.resolve(), arguments.sdk)
    with tempfile.TemporaryDirectory(prefix="sbx-export-") as scratch:
        # Node finds the packages beside the programs.
        modules = Path(scratch) / "programs"
        modules.mkdir()
        (modules / "node_modules").symlink_to((arguments.modules / "node_modules").resolve())
        (modules / "driver.mjs").write_text((HERE / "driver.mjs").read_text())
        check = Check(compiler, arguments.sdk, modules)
        for name, path, environment, hashes in manifests(chosen, Path(scratch), arguments):
            if arguments.only is None or arguments.only in name:
                check.manifest(name, path, environment, hashes)
            if check.failures >= MAX_FAILURES:
                print(f"stopped after {MAX_FAILURES} failures")
                break
    print(", ".join(f"{count} {kind}" for kind, count in sorted(check.counts.items())))
    print(f"{check.failures} failed")
    return 1 if check.failures or check.counts["equal"] == 0 else 0


def manifests(
    chosen: sdk.Sdk, scratch: Path, arguments: argparse.Namespace
) -> Iterator[tuple[str, Path, dict[str, str], bool]]:
    """A name, a manifest, its variables, and whether its hashes are those of e2b's SDK."""
    for path in sorted((ROOT / "examples").glob("*/sandbox.toml")):
        variables = re.findall(r'env *= *"([A-Z_]+)"', path.read_text())
        yield f"example {path.parent.name}", path, {name: f"value of {name}" for name in variables}, True
    for case in cases.load_all(ROOT / "tests/conformance/cases", chosen.name):
        root = scratch / "cases" / case.name / "root"
        yield f"case {case.name}", case.build(root), case.environment, not case.differences
    for number in range(arguments.count):
        root = scratch / "generated" / str(number) / "root"
        sample = generate.sample(chosen, f"{arguments.seed}:{number}", root)
        # Where the generator has tried its tree out.
        shutil.rmtree(root.parent, ignore_errors=True)
        plain = not sample.lines and not sample.manifest.get("ignore")
        yield f"manifest {number}", sample.case("generated").build(root), {}, plain
    for number in range(arguments.count):
        root = scratch / "hostile" / str(number)
        root.mkdir(parents=True)
        text = toml_writer.dumps(hostile.manifest(f"{arguments.seed}:{number}"))
        path = root / ("sandbox.toml" if number % 2 else "s*\n\"\"\"'''`${x}\u2028.toml")
        path.write_bytes(text.encode())
        yield f"hostile {number}", path, {}, True


if __name__ == "__main__":
    sys.exit(main())
