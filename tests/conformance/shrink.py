"""Makes a failing sample small: drops what it fails without."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from generate import Sample

Fails = Callable[[Sample], bool]

MAX_TRIES = 1500
REQUIRED = {"name", "from", "context"}


def shrink(failing: Sample, fails: Fails) -> Sample:
    """The smallest sample that is found by dropping one thing after another."""
    tries = 0
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(failing):
            tries += 1
            if tries > MAX_TRIES:
                return failing
            if fails(smaller):
                failing, progress = smaller, True
                break
    return failing


def _smaller(sample: Sample) -> Iterator[Sample]:
    replace = dataclasses.replace
    manifest = sample.manifest
    for steps in _shorter(manifest.get("steps", [])):
        yield replace(sample, manifest=manifest | {"steps": steps})
    for key in manifest.keys() - REQUIRED - {"steps"}:
        rest = {name: value for name, value in manifest.items() if name != key}
        yield replace(sample, manifest=rest)
    for name, profile in manifest.get("profiles", {}).items():
        for key in profile:
            rest = {other: value for other, value in profile.items() if other != key}
            yield replace(sample, manifest=manifest | {"profiles": {name: rest}})
    if "ignore" in manifest:
        for ignore in _shorter(manifest["ignore"]):
            yield replace(sample, manifest=manifest | {"ignore": ignore})
    for steps in _smaller_steps(manifest.get("steps", [])):
        yield replace(sample, manifest=manifest | {"steps": steps})
    for key in ("env", "build_env"):
        for table in _fewer(manifest.get(key, {}), set()):
            yield replace(sample, manifest=manifest | {key: table})
    for path in sorted(sample.tree.nodes):
        yield replace(sample, tree=sample.tree.without(path))
    for lines in _shorter(sample.lines):
        yield replace(sample, lines=lines)
    if sample.mark or sample.end != "\n":
        yield replace(sample, mark=False, end="\n")
    if manifest["from"] != {"base": True}:
        yield replace(sample, manifest=manifest | {"from": {"base": True}})


def _smaller_steps(steps: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for at, step in enumerate(steps):
        for smaller in _smaller_step(step):
            yield [*steps[:at], smaller, *steps[at + 1 :]]


def _smaller_step(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Modifiers that are needed go with the step only."""
    action = next(iter(step))
    yield from _fewer(step, {action, "to", "target"})
    value = step[action]
    if isinstance(value, list) and len(value) > 1:
        for shorter in _shorter(value):
            yield step | {action: shorter}
    if isinstance(value, dict):
        for fewer in _fewer(value, set()):
            yield step | {action: fewer}


def _shorter(values: list[Any]) -> Iterator[list[Any]]:
    """Halves first, then without each element."""
    if len(values) > 2:
        middle = len(values) // 2
        yield values[:middle]
        yield values[middle:]
    for at in range(len(values)):
        yield values[:at] + values[at + 1 :]


def _fewer(table: dict[str, Any], kept: set[str]) -> Iterator[dict[str, Any]]:
    for key in table:
        if key not in kept:
            yield {name: value for name, value in table.items() if name != key}
