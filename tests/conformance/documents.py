"""The code samples of the platforms' documentation, as pairs.

A pair is a directory of `documents/` with the sample as a `sandbox.toml` and, in
`sdk.py`, as a use of the SDK: `template()` returns what the sample defines. Its context
is the directory. `document.toml` says what else there is to it:

    sdk = "novita"              the SDK of the sample
    build = { cpu_count = 2 }   what the sample gives to `Template.build`
    env = { NAME = "value" }    the variables of the environment
    differences = ["row"]       the rows that the pair needs, and no other
    next_binary = "why"         what `sbx` cannot do yet; left out but with --next-binary
"""

from __future__ import annotations

import os
import runpy
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import compare
from compare import Sides, Verdict
from compiler import Compiler
from sdk import Sdk
from translate import Input, Origin, Translation, translate

DOCUMENTS = Path(__file__).resolve().parent / "documents"
KEYS = {"sdk", "build", "env", "differences", "next_binary"}


@dataclass(frozen=True)
class Document:
    """One sample in both languages."""

    directory: Path
    sdk: str
    build: dict[str, Any]
    environment: dict[str, str]
    differences: list[str]
    next_binary: str

    @property
    def name(self) -> str:
        return self.directory.name

    def sides(self, compiler: Compiler, sdk: Sdk) -> Sides:
        """Asks `sbx` about the manifest, and the SDK about the sample itself."""
        manifest = self.directory / "sandbox.toml"
        source = compare.read(sdk, manifest, self.environment)
        return compare.run(compiler, source, translated=self.translation)

    def judge(self, sides: Sides) -> Verdict:
        verdict = compare.judge(sides)
        if verdict.refused:
            verdict.faults.append(f"sbx refuses it: {', '.join(verdict.codes)}")
        elif sorted(set(verdict.rows)) != sorted(self.differences):
            found = f"the differences are {sorted(set(verdict.rows))}"
            verdict.faults.append(f"{found}; expected are {self.differences}")
        return verdict

    def translation(self, source: Input) -> Translation:
        """The sample as the SDK sends it, its steps led back to the manifest's."""
        with _environment(self.environment):
            sample = runpy.run_path(str(self.directory / "sdk.py"))["template"]()
        body = source.sdk.body(sample)
        own_step = source.sdk.own_step(sample)
        steps = len(body["steps"]) - (own_step is not None)
        origins = _origins(source)
        if steps < len(origins):
            raise ValueError(f"the sample has {steps} steps, the manifest more")
        read = [Origin("dockerfile", {})] * (steps - len(origins))
        given = dict(self.build)
        resources = {"cpu": "cpu_count", "memory": "memory_mb"}
        asked = {key: given.pop(name, None) for key, name in resources.items()}
        return Translation(
            body=body,
            origins=[*read, *origins],
            patterns=[],
            own_step=own_step,
            registration=source.sdk.registration(
                given, {key: value for key, value in asked.items() if value is not None}
            ),
        )


def _origins(source: Input) -> list[Origin]:
    """What the manifest's own instructions come from, a Dockerfile's left out."""
    base = source.manifest["from"]
    if isinstance(base, dict) and "dockerfile" in base:
        manifest = source.manifest | {"from": {"base": True}}
        source = replace(source, manifest=manifest)
    return translate(source).origins


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def load(directory: Path) -> Document:
    table = tomllib.loads((directory / "document.toml").read_text())
    if unknown := table.keys() - KEYS:
        raise ValueError(f"{directory}: unknown {', '.join(sorted(unknown))}")
    return Document(
        directory=directory,
        sdk=table["sdk"],
        build=table["build"],
        environment=table.get("env", {}),
        differences=table.get("differences", []),
        next_binary=table.get("next_binary", ""),
    )


def load_all(sdk_name: str, next_binary: bool) -> list[Document]:
    """The documents about an SDK, in order."""
    found = [load(path.parent) for path in sorted(DOCUMENTS.glob("*/document.toml"))]
    return [
        document
        for document in found
        if document.sdk == sdk_name and (next_binary or not document.next_binary)
    ]
