"""One manifest on both sides, and whether they agree."""

from __future__ import annotations

import copy
import json
import os
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import differences
import docker
import profiles
import recipe
from compiler import Checked, Compiled, Compiler
from differences import Body, Refused
from sdk import Sdk
from translate import Input, NotTranslated, Translation, many, translate

# Docker's patterns go to Python's regular expressions as they are written.
warnings.simplefilter("ignore", FutureWarning)


@dataclass
class Verdict:
    """What the check found: nothing wrong if there are no faults."""

    faults: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    refused: bool = False
    codes: list[str] = field(default_factory=list)
    sdk_refuses: bool = False


@dataclass(frozen=True)
class Sides:
    """What both made of a manifest; an SDK that refused left its error."""

    source: Input
    expected: Translation | Exception
    compiled: Compiled
    checked: Checked | None
    alone: Any = None
    """The body as `compile` prints it without `--requests`, if it was asked."""


def read(sdk: Sdk, manifest: Path, environment: dict[str, str]) -> Input:
    """Reads a manifest, with TOML's own reader."""
    text = manifest.read_bytes().removeprefix(b"\xef\xbb\xbf").decode()
    table = tomllib.loads(text)
    if name := environment.get(profiles.VARIABLE):
        table = profiles.merged(table, name)
    return Input(manifest, table, environment, sdk)


def run(
    compiler: Compiler,
    source: Input,
    thorough: bool = True,
    translated: Callable[[Input], Translation] = translate,
) -> Sides:
    """Asks both sides; thoroughly is in each way in which `sbx` can be asked."""
    expected: Translation | Exception
    try:
        expected = translated(source)
    except NotTranslated:
        raise
    except Exception as error:  # The SDK raises whatever it meets on its way.
        expected = error
    compiled = compiler.compile(source.path, source.environment)
    checked, alone = None, None
    if compiled.body is None:
        checked = compiler.check(source.path, source.environment)
    elif thorough:
        alone = compiler.compile_body(source.path, source.environment)
    return Sides(source, expected, compiled, checked, alone)


def judge(sides: Sides) -> Verdict:
    """Says whether both sides agree, but for the table of differences."""
    if sides.checked is not None:
        return _judge_refusal(sides, sides.checked)
    if isinstance(sides.expected, Exception):
        error = f"sbx takes what the SDK refuses: {sides.expected!r}"
        return Verdict(faults=[error], sdk_refuses=True)
    actual = sides.compiled.body
    expected, rows = expected_of_sbx(sides.source, sides.expected)
    rows += _add(sides.source, expected, actual)
    faults = list(unequal(expected, actual))
    faults += _unequal_requests(sides, expected)
    faults += _unequal_recipe(sides.source, expected)
    return Verdict(faults=faults, rows=rows)


def _unequal_requests(sides: Sides, expected: Body) -> Iterator[str]:
    """Registration, then each archive once, then the build request."""
    assert isinstance(sides.expected, Translation)
    hashes = [step["filesHash"] for step in expected["steps"] if "filesHash" in step]
    wanted = [sides.expected.registration]
    for files_hash in dict.fromkeys(hashes):
        link = f"/templates/{{templateID}}/files/{files_hash}"
        archive = {"archive": files_hash}
        wanted.append({"method": "GET", "path": link, "body": None})
        wanted.append({"method": "PUT", "path": "{url}", "body": archive})
    start = "/v2/templates/{templateID}/builds/{buildID}"
    body = sides.compiled.body
    wanted.append({"method": "POST", "path": start, "body": body})
    yield from unequal(wanted, sides.compiled.requests, "requests")
    if sides.alone is not None:
        yield from unequal(body, sides.alone, "compile without --requests: ")


def _unequal_recipe(source: Input, expected: Body) -> Iterator[str]:
    """The documented recipe, of which this is a second reading, gives each hash."""
    follows = [
        step.get("follow_symlinks", False)
        for step in source.steps("copy")
        for _ in many(step["copy"])
    ]
    copies = [step for step in expected["steps"] if step["type"] == "COPY"]
    context = str(source.context)
    lines = docker.patterns(context, source.ignore)
    for follow, step in zip(follows, copies, strict=True):
        pattern, target = step["args"][:2]
        found = recipe.select(pattern, context, lines)
        paths = [os.path.normpath(os.path.join(context, path)) for path in found]
        told = recipe.files_hash(pattern, target, context, paths, follow)
        if told != step["filesHash"]:
            yield f"the recipe gives {told} for {pattern!r}, not {step['filesHash']}"


def expected_of_sbx(source: Input, translation: Translation) -> tuple[Body, list[str]]:
    """The SDK's request with the deliberate differences, and the rows that made them."""
    translation = copy.deepcopy(translation)
    rows = []
    for row in differences.REWRITES:
        if source.sdk.name not in row.sdks:
            continue
        before = copy.deepcopy(translation.body)
        row.apply(source, translation)
        if translation.body != before:
            rows.append(row.name)
    return translation.body, rows


def _add(source: Input, expected: Body, actual: Body) -> Iterator[str]:
    """Appends the steps that `sbx` must add, and tells their rows."""
    last = actual["steps"][-1] if actual["steps"] else {}
    for row in differences.ADDITIONS:
        if source.sdk.name not in row.sdks:
            continue
        step = row.step(source, last)
        if step is not None:
            expected["steps"].append(step)
            yield row.name


def _judge_refusal(sides: Sides, checked: Checked) -> Verdict:
    codes = sorted({fault.code for fault in checked.faults})
    verdict = Verdict(refused=True, codes=codes)
    verdict.sdk_refuses = isinstance(sides.expected, Exception)
    if sides.compiled.exit != 1:
        report = sides.compiled.report.strip()
        verdict.faults.append(f"sbx compile exits with {sides.compiled.exit}: {report}")
    if checked.exit != 1 or not checked.faults:
        errors = len(checked.faults)
        exits = f"sbx check exits with {checked.exit} and {errors} errors"
        verdict.faults.append(f"{exits} where sbx compile refuses")
    if verdict.sdk_refuses:
        return verdict
    for fault in checked.faults:
        row = differences.admitting(Refused(sides.source, fault.code, fault.value))
        if row is None:
            verdict.faults.append(
                f"sbx refuses what the SDK takes: {fault.code} at {fault.value!r}: "
                f"{fault.message}"
            )
        else:
            verdict.rows.append(row.name)
    return verdict


def unequal(expected: Any, actual: Any, at: str = "") -> Iterator[str]:
    """Where two JSON values differ; an integer is no boolean here."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            if key not in actual:
                yield f"{at}.{key} is missing; the SDK has {json.dumps(expected[key])}"
            elif key not in expected:
                yield f"{at}.{key} = {json.dumps(actual[key])}; the SDK has none"
            else:
                yield from unequal(expected[key], actual[key], f"{at}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{at} has {len(actual)} elements; expected are {len(expected)}"
        for index, pair in enumerate(zip(expected, actual)):
            yield from unequal(*pair, f"{at}[{index}]")
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{at} = {json.dumps(actual)}; expected is {json.dumps(expected)}"


class Usage:
    """Which rows of the table a run needed."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def add(self, verdict: Verdict) -> None:
        self.seen.update(verdict.rows)

    def unused(self, rows: list[str]) -> list[str]:
        return [name for name in rows if not self.seen[name]]
