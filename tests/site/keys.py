"""Lists the keys of the schema that no example of docs/manifest.md uses, and fails if there are any.

usage: keys.py [--self-test]

An example is a block of `toml`, a whole or partial manifest. The keys of `[lints]` are the codes, which
all take the same values: one of them is enough, besides `warnings`. That the examples are valid is
tested by `tests/cases/pages.rs`. `--self-test` removes each key from the examples in turn, and expects
that it is missed.
"""

import json
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/manifest.md"
SCHEMA = json.loads((ROOT / "schema/sandbox.schema.json").read_text())
TOP = "top level"


def name_of(node):
    """The definition that a schema refers to, or `None`."""
    for one in (node, *node.get("allOf", []), *node.get("anyOf", [])):
        if "$ref" in one:
            return one["$ref"].rsplit("/", 1)[-1]
    return None


def known():
    """Every key of the schema, as `(definition, key)`."""
    tables = {TOP: SCHEMA, **SCHEMA["definitions"]}
    keys = {(name, key) for name, table in tables.items() for key in table.get("properties", {})}
    return {(name, key) for name, key in keys if name != "Lints" or key == "warnings"}


def used(value, node=SCHEMA, name=TOP):
    """The keys that a value uses, read by its schema."""
    reference = name_of(node)
    if reference:
        node, name = SCHEMA["definitions"][reference], reference
    if isinstance(value, list):
        for one in value:
            yield from used(one, node.get("items", {}), name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            properties = node.get("properties", {})
            if key in properties:
                yield name, key
                yield from used(inner, properties[key], None)
            elif isinstance(node.get("additionalProperties"), dict):
                yield from used(inner, node["additionalProperties"], None)


def examples(page):
    return [tomllib.loads(text) for text in re.findall(r"^```toml\n(.*?)^```", page, re.M | re.S)]


def missing(manifests):
    return sorted(known() - {pair for manifest in manifests for pair in used(manifest)})


def without(value, wanted, node=SCHEMA, name=TOP):
    """The value without a key, wherever its schema has it."""
    reference = name_of(node)
    if reference:
        node, name = SCHEMA["definitions"][reference], reference
    if isinstance(value, list):
        return [without(one, wanted, node.get("items", {}), name) for one in value]
    if not isinstance(value, dict):
        return value
    other = node.get("additionalProperties")
    nodes = {key: node.get("properties", {}).get(key, other if isinstance(other, dict) else {}) for key in value}
    return {key: without(inner, wanted, nodes[key], None) for key, inner in value.items() if (name, key) != wanted}


def self_test(manifests):
    unnoticed = [pair for pair in known() if pair not in missing([without(one, pair) for one in manifests])]
    for name, key in unnoticed:
        print(f"`{key}` ({name}) is not missed")
    print(f"{len(known())} keys were removed, {len(unnoticed)} of them unnoticed")
    return 1 if unnoticed or not known() else 0


def main():
    manifests = examples(PAGE.read_text())
    if "--self-test" in sys.argv[1:]:
        return self_test(manifests)
    found = missing(manifests)
    for name, key in found:
        print(f"docs/manifest.md: no example of `{key}` ({name})")
    print(f"{len(known())} keys, {len(found)} without an example")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
