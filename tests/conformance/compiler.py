"""`sbx` as a subprocess."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT = 60


@dataclass(frozen=True)
class Compiled:
    """How `sbx compile` ended: with a request, or with an exit code and a report."""

    exit: int
    body: Any
    requests: Any
    report: str

    def with_body(self, body: Any) -> Compiled:
        """The same, with another body of the build request."""
        last = self.requests[-1] | {"body": body}
        requests = [*self.requests[:-1], last]
        return dataclasses.replace(self, body=body, requests=requests)


@dataclass(frozen=True)
class Fault:
    """An error of `sbx check`: its code, its message and the value it points at."""

    code: str
    message: str
    value: Any


@dataclass(frozen=True)
class Checked:
    """How `sbx check` ended, and the errors that it reported."""

    exit: int
    faults: list[Fault]


@dataclass(frozen=True)
class Compiler:
    """The binary under test."""

    path: Path
    platform: str

    def compile(self, manifest: Path, environment: dict[str, str]) -> Compiled:
        """Every request, the build request among them."""
        command = ["compile", "--show-secrets", "--requests"]
        done = self._run(command, manifest, environment)
        requests = json.loads(done.stdout) if done.returncode == 0 else None
        body = requests[-1]["body"] if requests else None
        return Compiled(done.returncode, body, requests, done.stderr)

    def compile_body(self, manifest: Path, environment: dict[str, str]) -> Any:
        """The body of the build request alone, as `compile` prints it by itself."""
        done = self._run(["compile", "--show-secrets"], manifest, environment)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def check(self, manifest: Path, environment: dict[str, str]) -> Checked:
        done = self._run(["check", "--format", "json"], manifest, environment)
        errors = [
            diagnostic
            for diagnostic in json.loads(done.stdout)["diagnostics"]
            if diagnostic["severity"] == "error"
        ]
        faults = [Fault(e["code"], e["message"], _value(manifest, e)) for e in errors]
        return Checked(done.returncode, faults)

    def _run(
        self, command: list[str], manifest: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Runs with the case's variables only, so that no developer's own count."""
        path = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "SBX_NO_HASH_CACHE": "1"}
        return subprocess.run(
            # The trees of the cases are no repositories, and some contexts are above the manifest.
            [self.path, *command, "--allow-outside", "/", "--platform", self.platform, manifest],
            env=path | environment,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )


def _value(manifest: Path, diagnostic: dict[str, Any]) -> Any:
    """The TOML value, or the key, that stands at the place of a diagnostic.

    In any other file than the manifest it is the text there.
    """
    if diagnostic.get("range") is None:
        return None
    span = diagnostic["range"]
    file = Path(diagnostic["file"])
    text = (file if file.is_file() else manifest).read_bytes()
    if file.name == ".dockerignore":
        return text[span["start"]["offset"] : span["end"]["offset"]].decode()
    written = text[span["start"]["offset"] : span["end"]["offset"]].decode()
    for document in (f"value = {written}", f'value = "{written}"'):
        try:
            return tomllib.loads(document)["value"]
        except tomllib.TOMLDecodeError:
            continue
    return written
