"""Proves that the check can fail: a rule that is taken out of the schema must be noticed."""

from __future__ import annotations

import copy
from collections.abc import Callable

import tools as programs
from corpus import Manifest
from tools import Ajv, Schema, Tools, Validator

# TOML has no file that is not a table.
CANNOT_BREAK = {"#/type"}

MUTATIONS: dict[str, Callable[[Schema], object]] = {
    "unknown keys pass": lambda it: it.update(additionalProperties=True),
    "nothing is required": lambda it: it.pop("required"),
    "any name": lambda it: it["properties"]["name"].pop("pattern"),
    "any tag": lambda it: it["properties"]["tags"]["items"].pop("pattern"),
    "any platform": lambda it: it["definitions"]["Platform"].pop("enum"),
    "two sources": lambda it: it["definitions"]["From"].pop("dependencies"),
    "any keys of a sign-in": lambda it: it["definitions"]["Auth"].pop("allOf"),
    "a step without an action": lambda it: it["definitions"]["Step"].pop("not"),
    "a copy without a target": lambda it: it["definitions"]["Step"]["dependencies"].pop("copy"),
    "any port": lambda it: it["definitions"]["Ready"]["properties"]["port"].pop("maximum"),
    "any variable": lambda it: it["definitions"]["Variables"].pop("propertyNames"),
    "numbers as versions": lambda it: it["definitions"]["From"]["properties"]["python"].update(
        type=["string", "number"]
    ),
    "no steps": lambda it: it["properties"]["steps"].update(maxItems=0),
    "a shorter name": lambda it: it["properties"]["name"].update(maxLength=127),
    "no multi-part names": lambda it: it["properties"]["name"].update(pattern="^[a-z0-9_-]+$"),
}


def rules(ajv: Ajv, manifests: dict[str, Manifest], schema: Schema) -> list[str]:
    """Takes out every rule in turn, and says whose absence changes nothing."""
    files = list(manifests)
    answer = ajv.ask(schema=schema, files=files, rules=True)
    print(f"{answer['count']} rules taken out, one by one")
    faults = [
        f"nothing notices that {way} is gone"
        for way in answer["quiet"]
        if way not in CANNOT_BREAK
    ]
    return faults if answer["count"] > 100 else ["the schema's rules were not found"]


def mutations(
    tools: Tools,
    validators: dict[str, Validator],
    manifests: dict[str, Manifest],
    schema: Schema,
    disagreements: Callable[[str, programs.Findings], int],
) -> list[str]:
    """Gives the tools a schema with a fault, and says which of them goes unnoticed."""
    faults = []
    for name, mutate in MUTATIONS.items():
        mutated = copy.deepcopy(schema)
        mutate(mutated)
        found = programs.validate(tools, validators, list(manifests), mutated)
        for tool, findings in found.items():
            if not disagreements(tool, findings):
                faults.append(f"{tool} with a schema where `{name}`: not noticed")
    print(f"{len(MUTATIONS)} mutations, {len(validators)} tools each")
    return faults
