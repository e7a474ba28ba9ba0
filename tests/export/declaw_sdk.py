#!/usr/bin/env python3
"""Exports the examples and hostile manifests to the SDK of Declaw, and compares its
request with that of `sbx compile`."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import declaw
import declaw.template.main as builder

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/conformance"))

import hostile
import toml_writer


def ask(sbx: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SBX_NO_HASH_CACHE": "1"}
    return subprocess.run(
        [str(sbx), *map(str, arguments)], env=environment, capture_output=True, encoding="utf-8", check=False
    )


def request_of(program: Path) -> Any:
    """The request of an exported program, which is not sent."""
    made: list[Any] = []

    def build(template: Any, alias: str, on_build_logs: Any = None, **resources: Any) -> None:
        made.append(builder.build_request_body(template, alias, **resources))

    declaw.Template.build = staticmethod(build)
    runpy.run_path(str(program), run_name="__main__")
    return made[0]


def main() -> int:
    sbx = Path(sys.argv[1]).resolve()
    equal = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        found = sorted((ROOT / "examples").glob("*/sandbox.toml"))
        for number in range(60):
            made = Path(scratch) / f"hostile-{number}.toml"
            made.write_bytes(toml_writer.dumps(hostile.manifest(f"declaw:{number}")).encode())
            found.append(made)
        for at, path in enumerate(found):
            compiled = ask(sbx, "compile", "--platform", "declaw", path)
            program = Path(scratch) / f"{at}.py"
            exported = ask(sbx, "export", "declaw", "--output", program, path)
            if compiled.returncode or exported.returncode:
                if compiled.returncode != exported.returncode:
                    failed += 1
                    print(f"FAILED {path}: {compiled.returncode}, {exported.returncode} {exported.stderr}")
                continue
            expected, actual = json.loads(compiled.stdout), request_of(program)
            equal += expected == actual
            if expected != actual:
                failed += 1
                print(f"FAILED {path}\n  {expected}\n  {actual}")
    print(f"{equal} equal, {failed} failed")
    return 1 if failed or equal < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
