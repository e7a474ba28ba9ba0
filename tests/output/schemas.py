"""Reads the schemas, validates outputs with them, and counts which parts of a schema the outputs use."""

import datetime
import json
import pathlib
import urllib.parse

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "schema/output"
ENDING = ".schema.json"


FORMATS = FormatChecker(())


@FORMATS.checks("date-time", ValueError)
def is_time(value):
    """Whether a text is a time in RFC 3339."""
    return not isinstance(value, str) or "T" in value and datetime.datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", ValueError)
def is_url(value):
    """Whether a text is a URL."""
    return not isinstance(value, str) or bool(urllib.parse.urlsplit(value).netloc)


def load():
    """The published schemas by the names of their commands."""
    return {
        path.name.removesuffix(ENDING): json.loads(path.read_text()) for path in sorted(DIRECTORY.glob("*" + ENDING))
    }


def name_for(arguments):
    """The name of the schema for a command line."""
    words = [word for word in arguments if not word.startswith("-")]
    command = {"ls": "list", "rm": "delete"}.get(words[0], words[0])
    return "-".join([command, *words[1:2]]) if command == "tag" else command


def is_future(branch):
    """Whether a branch is for names that a later version may add, such as those of events."""
    return any("not" in schema for schema in branch.get("properties", {}).values() if isinstance(schema, dict))


def subschemas(schema):
    """The schemas within a schema: keyword, rest of the pointer, schema, and whether it is about the same value."""
    for keyword in ("properties", "$defs"):
        for key, inner in schema.get(keyword, {}).items():
            yield keyword, f"{keyword}/{key}", inner, False
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield keyword, keyword, schema[keyword], False
    for keyword in ("oneOf", "anyOf", "allOf"):
        for at, inner in enumerate(schema.get(keyword, [])):
            yield keyword, f"{keyword}/{at}", inner, True


def closed(schema, is_value=True):
    """The schema as a test needs it: without room for other keys, nor for names that a later version may add."""
    if not isinstance(schema, dict):
        return schema
    schema = dict(schema)
    if "oneOf" in schema:
        schema["oneOf"] = [branch for branch in schema["oneOf"] if not is_future(branch)]
    for keyword in ("properties", "$defs"):
        if keyword in schema:
            # A definition is closed where it is referred to, since keys may be added to it there.
            schema[keyword] = {key: closed(inner, keyword == "properties") for key, inner in schema[keyword].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            schema[keyword] = closed(schema[keyword])
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            schema[keyword] = [closed(inner, False) for inner in schema[keyword]]
    if is_value:
        schema["unevaluatedProperties"] = False
    return schema


class Schemas:
    """Schemas that refer to each other."""

    def __init__(self, schemas, *, strict):
        self.schemas = {name: closed(schema) if strict else schema for name, schema in schemas.items()}
        resources = [
            (schema["$id"], Resource(contents=schema, specification=DRAFT202012)) for schema in self.schemas.values()
        ]
        self.registry = Registry().with_resources(resources)
        self.validators = {}
        self.resolved = {}

    def validator(self, schema, base):
        """The validator of a schema that is within the schema with the ID `base`."""
        known = self.validators.get(id(schema))
        if known is None:
            resolver = self.registry.resolver(base)
            known = Draft202012Validator(schema, registry=self.registry, _resolver=resolver, format_checker=FORMATS)
            self.validators[id(schema)] = known
        return known

    def error(self, name, value):
        """What is wrong with an output; `None` if it is valid."""
        schema = self.schemas[name]
        error = best_match(self.validator(schema, schema["$id"]).iter_errors(value))
        return error and f"{error.json_path}: {error.message[:300]}"

    def resolve(self, base, reference):
        """The ID of the schema that a reference leads into, the pointer, and what is there."""
        key = (base, reference)
        if key not in self.resolved:
            found = self.registry.resolver(base).lookup(reference)
            pointer = reference.partition("#")[2].lstrip("/")
            self.resolved[key] = (found.resolver._base_uri or base, pointer, found.contents)
        return self.resolved[key]

    def used(self, name, value):
        """The parts of schemas that a valid output uses, as `NAME#POINTER`."""
        schema = self.schemas[name]
        parts = set()
        self._use(schema["$id"], "", schema, value, parts)
        return parts

    def _use(self, base, pointer, schema, value, parts):
        def at(rest):
            return f"{base.rsplit('/', 1)[1].removesuffix(ENDING)}#{pointer}/{rest}".replace("#/", "#")

        if "$ref" in schema:
            self._use(*self.resolve(base, schema["$ref"]), value, parts)
        if "enum" in schema and isinstance(value, str):
            parts.add(at(f"enum/{value}"))
        if isinstance(schema.get("type"), list):
            parts.add(at(f"type/{'null' if value is None else 'other'}"))
        for keyword, rest, inner, _ in subschemas(schema):
            below = f"{pointer}/{rest}".lstrip("/")
            if keyword == "properties":
                key = rest.removeprefix("properties/")
                if isinstance(value, dict) and key in value:
                    parts.add(at(rest))
                    self._use(base, below, inner, value[key], parts)
            elif keyword == "items":
                for item in value if isinstance(value, list) else ():
                    parts.add(at(rest))
                    self._use(base, below, inner, item, parts)
            elif keyword in ("oneOf", "anyOf") and self.validator(inner, base).is_valid(value):
                parts.add(at(rest))
                self._use(base, below, inner, value, parts)
            elif keyword == "allOf":
                self._use(base, below, inner, value, parts)

    def parts(self):
        """All parts of the schemas that an output can use."""
        parts = set()

        def walk(name, pointer, schema):
            def at(rest):
                return f"{name}#{pointer}/{rest}".replace("#/", "#")

            parts.update(at(f"enum/{value}") for value in schema.get("enum", []))
            if isinstance(schema.get("type"), list):
                parts.update((at("type/null"), at("type/other")))
            for keyword, rest, inner, _ in subschemas(schema):
                if keyword in ("properties", "items", "oneOf", "anyOf"):
                    parts.add(at(rest))
                walk(name, f"{pointer}/{rest}".lstrip("/"), inner)

        for name, schema in self.schemas.items():
            walk(name, "", schema)
        return parts


def problems(schemas, repository):
    """What is wrong with the published schemas themselves."""
    found = []
    together = Schemas({name: schema for name, schema in schemas.items() if "$id" in schema}, strict=False)

    def walk(name, pointer, schema):
        where = f"{name}{ENDING}#{pointer}"
        if "$ref" in schema:
            try:
                together.resolve(schemas[name].get("$id", ""), schema["$ref"])
            except Unresolvable:
                found.append(f"{where}: the `$ref` {schema['$ref']} leads nowhere")
        if schema.get("additionalProperties") is False or "unevaluatedProperties" in schema:
            found.append(f"{where}: keys may be added, so a published schema accepts other keys")
        for key, inner in schema.get("properties", {}).items():
            if not inner.get("description", "").strip():
                found.append(f"{where}/properties/{key}: no description")
        for key in schema.get("required", []):
            if "properties" in schema and key not in schema["properties"]:
                found.append(f"{where}: the required key {key} has no description")
        future = [branch for branch in schema.get("oneOf", []) if is_future(branch)]
        for branch in future:
            ((key, rule),) = branch["properties"].items()
            known = {other["properties"][key]["const"] for other in schema["oneOf"] if other is not branch}
            if known != set(rule["not"]["enum"]):
                found.append(f"{where}: the last branch of `oneOf` is for every {key} but those of the others")
        for _, rest, inner, _ in subschemas(schema):
            walk(name, f"{pointer}/{rest}", inner)

    for name, schema in schemas.items():
        expected = f"{repository}/raw/main/schema/output/{name}{ENDING}"
        if schema.get("$id") != expected:
            found.append(f"{name}{ENDING}: `$id` is not {expected}")
        if schema.get("$schema") != Draft202012Validator.META_SCHEMA["$id"]:
            found.append(f"{name}{ENDING}: `$schema` is not that of draft 2020-12")
        if not schema.get("title"):
            found.append(f"{name}{ENDING}: no title")
        error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
        if error:
            found.append(f"{name}{ENDING}: {error.json_path}: {error.message[:200]}")
        else:
            walk(name, "", schema)
    return found
