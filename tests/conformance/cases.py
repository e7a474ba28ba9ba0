"""Cases: hand-written ones in `cases/`, and those that the generator wrote down.

A case is a directory with a `sandbox.toml` and, if it needs one, a `case.toml`:

    files, raw_files, dirs, links, pipes
                                the tree, see `tree.from_toml`
    manifest = "a/sandbox.toml" where the manifest stands in the tree
    env = { NAME = "value" }    the variables of the environment
    differences = ["row"]       the rows that the case needs, and no other
    refused = ["code"]          the codes of the errors that sbx reports
    sdks = ["e2b"]              the SDKs that can say the same [default: all]
    novita = { refused = [] }   `differences` and `refused` where that SDK's are others

A refusal without `differences` is one that the SDK shares. `@ROOT@` in the manifest
stands for the root of the tree, which is another one in each run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import compare
import sdk
from compare import Sides, Verdict
from compiler import Compiler
from sdk import Sdk
from tree import Tree, from_toml

KEYS = {
    *("files", "raw_files", "dirs", "links", "pipes"),
    *("manifest", "env", "differences", "refused", "sdks", *sdk.NAMES),
}


@dataclass(frozen=True)
class Case:
    """A manifest, its tree, and what is expected beyond equality."""

    name: str
    text: bytes
    tree: Tree
    manifest: str
    environment: dict[str, str]
    differences: list[str]
    refused: list[str]
    sdks: tuple[str, ...] = sdk.NAMES

    def build(self, root: Path) -> Path:
        """Writes the tree and the manifest; the manifest is part of the context."""
        path = root / self.manifest
        self.tree.build(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.text.replace(b"@ROOT@", bytes(root)))
        path.chmod(0o644)
        return path

    def sides(
        self, compiler: Compiler, sdk: Sdk, root: Path, thorough: bool = True
    ) -> Sides:
        """Asks both sides, about a tree of the case's own."""
        source = compare.read(sdk, self.build(root), self.environment)
        return compare.run(compiler, source, thorough)

    def judge(self, sides: Sides) -> Verdict:
        verdict = compare.judge(sides)
        verdict.faults += self.surprises(verdict)
        return verdict

    def surprises(self, verdict: Verdict) -> Iterator[str]:
        """What differs from what the case says of itself."""
        if verdict.codes != sorted(self.refused):
            codes = ", ".join(verdict.codes) or "none"
            yield f"the codes are {codes}; expected are {self.refused or 'none'}"
        if verdict.faults:
            return
        if sorted(set(verdict.rows)) != sorted(self.differences):
            yield f"the differences are {verdict.rows}; expected are {self.differences}"
        if self.refused and not self.differences and not verdict.sdk_refuses:
            yield "the SDK was to refuse this too"


def load(directory: Path, sdk_name: str) -> Case:
    """Reads a case; a key that nobody reads is an error."""
    table: dict[str, Any] = {}
    if (directory / "case.toml").exists():
        table = tomllib.loads((directory / "case.toml").read_text())
    if unknown := table.keys() - KEYS:
        raise ValueError(f"{directory}/case.toml: unknown {', '.join(sorted(unknown))}")
    own = table.get(sdk_name, {})
    if unknown := own.keys() - {"differences", "refused"}:
        raise ValueError(f"{directory}/case.toml: unknown {', '.join(sorted(unknown))}")
    table |= own
    return Case(
        name=directory.name,
        text=(directory / "sandbox.toml").read_bytes(),
        tree=from_toml(table),
        manifest=table.get("manifest", "sandbox.toml"),
        environment=table.get("env", {}),
        differences=table.get("differences", []),
        refused=table.get("refused", []),
        sdks=tuple(table.get("sdks", sdk.NAMES)),
    )


def load_all(directory: Path, sdk_name: str) -> list[Case]:
    """Every case of a directory that is about an SDK, in order."""
    found = sorted(path.parent for path in directory.glob("*/sandbox.toml"))
    loaded = [load(path, sdk_name) for path in found]
    return [case for case in loaded if sdk_name in case.sdks]
