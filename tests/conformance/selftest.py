"""Proves that the check can fail: each change to what `sbx` says must be noticed."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import compare
from cases import Case
from compare import Sides, Usage
from compiler import Checked, Fault
from documents import Document
from translate import Translation

Mutation = Callable[[Any], bool]
"""Changes a request; says whether there was anything to change."""


def _step(change: Callable[[dict[str, Any]], bool]) -> Mutation:
    """Changes the first step that can be changed so."""

    def mutate(body: Any) -> bool:
        return any(change(step) for step in body["steps"])

    return mutate


def _hash_digit(step: dict[str, Any]) -> bool:
    if "filesHash" not in step:
        return False
    digits = step["filesHash"]
    step["filesHash"] = digits[:-1] + ("0" if digits[-1] != "0" else "1")
    return True


def _drop_step(body: Any) -> bool:
    return bool(body["steps"]) and body["steps"].pop(0) is not None


def _repeat_step(body: Any) -> bool:
    body["steps"] += copy.deepcopy(body["steps"][-1:])
    return bool(body["steps"])


def _swap_steps(body: Any) -> bool:
    steps = body["steps"]
    for at in range(len(steps) - 1):
        if steps[at] != steps[at + 1]:
            steps[at], steps[at + 1] = steps[at + 1], steps[at]
            return True
    return False


def _flip_force(step: dict[str, Any]) -> bool:
    step["force"] = not step["force"]
    return True


def _force_as_integer(step: dict[str, Any]) -> bool:
    step["force"] = int(step["force"])
    return True


def _without(key: str) -> Mutation:
    return _step(lambda step: step.pop(key, None) is not None)


def _set_force_upload(step: dict[str, Any]) -> bool:
    step["forceUpload"] = not step.get("forceUpload", False)
    return True


def _unset_argument(step: dict[str, Any]) -> bool:
    """Drops the last argument, such as a command's user or a copy's mode."""
    return len(step["args"]) > 1 and step["args"].pop() is not None


def _change_type(step: dict[str, Any]) -> bool:
    step["type"] = "RUN" if step["type"] != "RUN" else "ENV"
    return True


def _unquote(step: dict[str, Any]) -> bool:
    if step["type"] != "RUN" or "'" not in step["args"][0]:
        return False
    step["args"][0] = step["args"][0].replace("'", "")
    return True


def _bare_dollar(step: dict[str, Any]) -> bool:
    if "${SBX_UNSET:-$}" not in "".join(step["args"]):
        return False
    step["args"] = [text.replace("${SBX_UNSET:-$}", "$") for text in step["args"]]
    return True


def _top(key: str) -> Mutation:
    def mutate(body: Any) -> bool:
        return body.pop(key, None) is not None

    return mutate


def _change(key: str) -> Mutation:
    def mutate(body: Any) -> bool:
        if not isinstance(body.get(key), str):
            return False
        body[key] += "x"
        return True

    return mutate


def _change_password(body: Any) -> bool:
    registry = body.get("fromImageRegistry", {})
    for key in registry:
        registry[key] += "x"
    return bool(registry)


def _flip_whole_force(body: Any) -> bool:
    body["force"] = not body["force"]
    return True


def _flip_pre_boot(body: Any) -> bool:
    body["preBootScript"] = body.get("preBootScript", "") + "x"
    return True


def _add_key(body: Any) -> bool:
    body["more"] = "true"
    return True


MUTATIONS: dict[str, Mutation] = {
    "one digit of a hash": _step(_hash_digit),
    "a hash is missing": _without("filesHash"),
    "a step is missing": _drop_step,
    "a step is repeated": _repeat_step,
    "two steps change places": _swap_steps,
    "a step's force is flipped": _step(_flip_force),
    "a step's force is an integer": _step(_force_as_integer),
    "a step's force is missing": _without("force"),
    "a step's forceUpload is set": _step(_set_force_upload),
    "an argument is missing": _step(_unset_argument),
    "a step is of another type": _step(_change_type),
    "a word loses its quotes": _step(_unquote),
    "a dollar sign is bare": _step(_bare_dollar),
    "the image is missing": _top("fromImage"),
    "the image is another one": _change("fromImage"),
    "the template is another one": _change("fromTemplate"),
    "the registry is missing": _top("fromImageRegistry"),
    "the registry's values differ": _change_password,
    "the start command is missing": _top("startCmd"),
    "the start command is another one": _change("startCmd"),
    "the ready command is missing": _top("readyCmd"),
    "the ready command is another one": _change("readyCmd"),
    "the script before the boot differs": _flip_pre_boot,
    "the template is forced": _flip_whole_force,
    "a key is added": _add_key,
}


def _registered(key: str, value: Any) -> Mutation:
    """Changes what the registration says of a key."""

    def mutate(requests: Any) -> bool:
        changed = requests[0]["body"].get(key) != value
        requests[0]["body"][key] = value
        return changed

    return mutate


def _unregistered(key: str) -> Mutation:
    return lambda requests: requests[0]["body"].pop(key, None) is not None


def _without_upload(requests: Any) -> bool:
    return len(requests) > 2 and requests.pop(1) is not None


def _upload_of_another(requests: Any) -> bool:
    if len(requests) <= 2:
        return False
    requests[2]["body"]["archive"] = "0" * 64
    return True


def _other_path(requests: Any) -> bool:
    requests[-1]["path"] += "/"
    return True


REQUESTS: dict[str, Mutation] = {
    "the name is another one": _registered("name", "other"),
    "the CPUs are others": _registered("cpuCount", 3),
    "the memory is another": _registered("memoryMB", 2),
    "the memory is text": _registered("memoryMB", "1024"),
    "the CPUs are missing": _unregistered("cpuCount"),
    "the tags are missing": _unregistered("tags"),
    "the tags are others": _registered("tags", ["other"]),
    "an upload is missing": _without_upload,
    "an upload is of another archive": _upload_of_another,
    "the build request goes elsewhere": _other_path,
}


def _refusals(sides: Sides, checked: Checked) -> Iterator[tuple[str, Sides]]:
    """The ways in which a refusal can be wrong."""
    silent = dataclasses.replace(checked, exit=0)
    yield "check passes", dataclasses.replace(sides, checked=silent)
    usage = dataclasses.replace(sides.compiled, exit=2)
    yield "compile exits with 2", dataclasses.replace(sides, compiled=usage)
    other = [Fault("toml-syntax", "", fault.value) for fault in checked.faults]
    renamed = dataclasses.replace(checked, faults=other)
    yield "the code is another one", dataclasses.replace(sides, checked=renamed)
    if not isinstance(sides.expected, Exception):
        elsewhere = [Fault(f.code, f.message, "elsewhere") for f in checked.faults]
        moved = dataclasses.replace(checked, faults=elsewhere)
        yield "the place is another one", dataclasses.replace(sides, checked=moved)


def _mutants(sides: Sides) -> Iterator[tuple[str, Sides]]:
    if sides.checked is not None:
        yield from _refusals(sides, sides.checked)
        return
    for name, mutate in MUTATIONS.items():
        body = copy.deepcopy(sides.compiled.body)
        if mutate(body):
            compiled = sides.compiled.with_body(body)
            yield name, dataclasses.replace(sides, compiled=compiled, alone=body)
    for name, change in REQUESTS.items():
        requests = copy.deepcopy(sides.compiled.requests)
        if change(requests):
            compiled = dataclasses.replace(sides.compiled, requests=requests)
            yield name, dataclasses.replace(sides, compiled=compiled)
    other = sides.compiled.body | {"force": not sides.compiled.body["force"]}
    yield "compile prints two bodies", dataclasses.replace(sides, alone=other)
    expected = copy.deepcopy(sides.expected)
    if isinstance(expected, Translation) and _step(_hash_digit)(expected.body):
        yield "the SDK's hash is another", dataclasses.replace(sides, expected=expected)
    error = ValueError("no such file")
    yield "the SDK refuses", dataclasses.replace(sides, expected=error)


def undetected(case: Case | Document, sides: Sides, seen: set[str]) -> Iterator[str]:
    """The changes to a case's outcome that nothing notices."""
    for name, mutant in _mutants(sides):
        seen.add(name)
        if not _is_noticed(case, mutant):
            yield f"{case.name}: nobody notices that {name}"


def _is_noticed(case: Case | Document, mutant: Sides) -> bool:
    """By a fault, or because a row does not hold the SDK for what it was."""
    try:
        return bool(case.judge(mutant).faults)
    except RuntimeError:
        return True


def unneeded(seen: set[str]) -> Iterator[str]:
    """Changes that no case has room for, and whether an unused row is noticed."""
    for name in (MUTATIONS.keys() | REQUESTS.keys()) - seen:
        yield f"no case can show that {name}"
    if Usage().unused(["a row that nothing needs"]) != ["a row that nothing needs"]:
        yield "an unused row of the table is not noticed"
