"""`sbx` as a subprocess."""

from __future__ import annotations

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
    report: str


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

    def compile(self, manifest: Path, environment: dict[str, str]) -> Compiled:
        done = self._run(["compile", "--show-secrets"], manifest, environment)
        body = json.loads(done.stdout) if done.returncode == 0 else None
        return Compiled(done.returncode, body, done.stderr)

    def check(self, manifest: Path, environment: dict[str, str]) -> Checked:
        done = self._run(["check", "--format", "json"], manifest, environment)
        errors = [
            diagnostic
            for diagnostic in json.loads(done.stdout)["diagnostics"]
            if diagnostic["severity"] == "error"
        ]
        text = manifest.read_bytes()
        faults = [Fault(e["code"], e["message"], _value(text, e)) for e in errors]
        return Checked(done.returncode, faults)

    def _run(
        self, command: list[str], manifest: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Runs with the case's variables only, so that no developer's own count."""
        path = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"}
        return subprocess.run(
            [self.path, *command, "--platform", "e2b", manifest],
            env=path | environment,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )


def _value(text: bytes, diagnostic: dict[str, Any]) -> Any:
    """The TOML value, or the key, that stands at the place of a diagnostic."""
    if diagnostic.get("range") is None:
        return None
    span = diagnostic["range"]
    written = text[span["start"]["offset"] : span["end"]["offset"]].decode()
    for document in (f"value = {written}", f'value = "{written}"'):
        try:
            return tomllib.loads(document)["value"]
        except tomllib.TOMLDecodeError:
            continue
    return written
