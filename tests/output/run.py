"""Holds the JSON outputs of `sbx` against the schemas in `schema/output`, and these against the documentation.

usage: run.py --sbx PROGRAM [--records DIRECTORY] [--self-test]

- The outputs of a driver, which reaches each command with and without success, fit their schemas. A published schema
  accepts keys and names that a later version adds; here, schemas are closed, so an output has no key beside theirs.
- Outputs that `cargo test` recorded with SBX_JSON_RECORDS fit, too, if there is a directory of them.
- The outputs use each key, each type, each value and each branch of each schema. EXCEPTIONS has those that they cannot.
- The schemas are valid, refer to what is there, and have the keys that `docs/json.md` and `docs/templates.md` have.

`--self-test` breaks outputs, schemas and pages, and checks that each fault is noticed.
"""

import argparse
import copy
import json
import os
import pathlib
import re
import sys
import tempfile

import documented
import drive
import schemas
from schemas import ROOT, Schemas, load, name_for

# Parts of schemas that no output of the driver uses, each with the reason.
EXCEPTIONS = {}


def repository():
    """The address of the repository."""
    return re.search(r'^repository = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)


def recorded(directory):
    """The outputs that tests recorded."""
    for file in sorted(pathlib.Path(directory).glob("*.jsonl")):
        yield from (json.loads(line) for line in file.read_text().splitlines())


def validate(records, strict, *, used=None):
    """What is wrong with outputs, and how many values there are; adds what they use of the schemas."""
    found, seen = [], {}
    for record in records:
        name = name_for(record["arguments"])
        if name not in strict.schemas:
            found.append(f"sbx {' '.join(record['arguments'])}: there is no schema for it")
            continue
        for line in record["stdout"].splitlines():
            if (name, line) in seen:
                continue
            seen[name, line] = value = json.loads(line)
            error = strict.error(name, value)
            if error:
                found.append(f"sbx {' '.join(record['arguments'])}: {error}\n    {line[:300]}")
            elif used is not None:
                used |= strict.used(name, value)
    return found, seen


def covered(strict, used):
    """Which parts of the schemas were not used, and which exceptions are none."""
    never = strict.parts() - used
    return [f"no output uses {part}" for part in sorted(never - set(EXCEPTIONS))] + [
        f"{part} is an exception, but is used or not there" for part in sorted(set(EXCEPTIONS) - never)
    ]


def check(sbx, records):
    published = load()
    strict = Schemas(published, strict=True)
    found = schemas.problems(published, repository()) + documented.problems(published, documented.pages())
    used = set()
    with tempfile.TemporaryDirectory() as directory:
        driven = drive.records(sbx, directory)
    wrong, seen = validate(driven, strict, used=used)
    found += wrong
    # What consumers have accepts them as well.
    lenient = Schemas(published, strict=False)
    found += [
        f"the published schema of {name} refuses an output"
        for (name, _), value in seen.items()
        if lenient.error(name, value)
    ]
    found += covered(strict, used)
    text = f"{len(driven)} runs, {len(seen)} different outputs"
    if records:
        wrong, more = validate(recorded(records), strict)
        found += wrong + ([] if more else [f"{records} has no outputs"])
        text += f", {len(more)} different outputs of tests"
    parts = len(strict.parts())
    print(f"{len(published)} schemas with {parts} parts, {text}, {len(EXCEPTIONS)} exceptions, {len(found)} problems")
    return found


class SelfTest:
    """Faults that have to be noticed."""

    def __init__(self, sbx):
        self.published = load()
        with tempfile.TemporaryDirectory() as directory:
            self.records = drive.records(sbx, directory)
        self.strict = Schemas(self.published, strict=True)
        self.values = {}
        for record in self.records:
            for line in record["stdout"].splitlines():
                self.values.setdefault(name_for(record["arguments"]), {})[line] = json.loads(line)
        self.noticed = 0
        self.unnoticed = []

    def expect(self, what, problems):
        if problems:
            self.noticed += 1
        else:
            self.unnoticed.append(f"not noticed: {what}")

    def schema(self, what, change):
        broken = copy.deepcopy(self.published)
        change(broken)
        self.expect(what, schemas.problems(broken, repository()))

    def page(self, what, name, old, new):
        texts = documented.pages()
        if old not in texts[name]:
            self.unnoticed.append(f"{name} does not have: {old}")
            return
        texts[name] = texts[name].replace(old, new, 1)
        self.expect(what, documented.problems(self.published, texts))

    def document(self, what, change):
        broken = copy.deepcopy(self.published)
        change(broken)
        self.expect(what, documented.problems(broken, documented.pages()))

    def output(self, what, name, fits, change):
        """Changes the first output that has something."""
        value = next(copy.deepcopy(value) for value in self.values[name].values() if fits(value))
        change(value)
        self.expect(what, self.strict.error(name, value))

    def run(self):
        self.every_object()
        self.outputs()
        self.coverage()
        self.schemas()
        self.documentation()
        return self.unnoticed

    def every_object(self):
        """An unknown key in each kind of object of each output."""
        for name, values in self.values.items():
            seen = set()
            for value in values.values():
                for path in objects(value):
                    kind = tuple(part for part in path if isinstance(part, str))
                    # A request has the body that the platform wants.
                    if kind in seen or "body" in kind:
                        continue
                    seen.add(kind)
                    broken = copy.deepcopy(value)
                    inner = broken
                    for part in path:
                        inner = inner[part]
                    inner["unknownKey"] = 1
                    self.expect(
                        f"an unknown key in {name} at {'.'.join(map(str, path))}", self.strict.error(name, broken)
                    )

    def outputs(self):
        def named(event):
            return lambda value: value["event"] == event

        def any_value(_):
            return True

        for name in self.values:
            schema = self.published[name]
            if "required" in schema and "$ref" not in schema:
                key = schema["required"][0]
                self.output(f"{name} without {key}", name, any_value, lambda value, key=key: value.pop(key))
        self.output("a wrong type", "check", any_value, lambda value: value["summary"].update(errors="1"))
        self.output("a negative count", "check", any_value, lambda value: value["summary"].update(errors=-1))
        self.output("an unknown event", "apply", any_value, lambda value: value.update(event="other"))
        self.output("an unknown result", "apply", named("finished"), lambda value: value.update(result="other"))
        self.output("the keys of another event", "apply", named("started"), lambda value: value.update(host="x"))
        self.output("an event without its keys", "apply", named("upload"), lambda value: value.pop("state"))
        self.output("an unknown action", "plan", any_value, lambda value: value.update(action="other"))
        self.output("a null that is none", "status", any_value, lambda value: value.update(buildId=None))
        self.output("a time that is none", "list", len, lambda value: value[0].update(createdAt="yesterday"))
        reasons = [value for value in self.values["plan"].values() if value.get("reasons")]
        reasons[0]["reasons"][0]["kind"] = "other"
        self.expect("an unknown kind of a reason", self.strict.error("plan", reasons[0]))
        failed = {"name": "a", "status": "failed", "seconds": 1, "event": "test", "file": None}
        self.expect("a failed test without what was expected", self.strict.error("apply", failed))
        record = {"arguments": ["serve", "--format", "json"], "stdout": "{}\n"}
        self.expect("a command without a schema", validate([record], self.strict)[0])
        lenient = Schemas(self.published, strict=False)
        later = {"event": "other", "file": None, "more": 1}
        self.expect("that a published schema accepts what is added", lenient.error("apply", later) is None)

    def coverage(self):
        broken = copy.deepcopy(self.published)
        broken["status"]["properties"]["never"] = {"type": "string", "description": "Nothing."}
        broken["verify"]["properties"]["apply"]["enum"].append("never")
        broken["verify"]["properties"]["digest"]["type"] = ["string", "null"]
        never = {"title": "Never", "properties": {"event": {"const": "never", "description": "The name."}}}
        broken["apply"]["oneOf"].append(never)
        strict, used = Schemas(broken, strict=True), set()
        validate(self.records, strict, used=used)
        problems = covered(strict, used)
        at = len(strict.schemas["apply"]["oneOf"]) - 1
        parts = ["status#properties/never", "verify#properties/apply/enum/never", "verify#properties/digest/type/null"]
        for part in [*parts, f"apply#oneOf/{at}"]:
            self.expect(f"{part}, which no output has", f"no output uses {part}" in problems)
        EXCEPTIONS["verify#properties/digest"] = "It is none."
        self.expect("an exception that is none", any("is an exception" in problem for problem in covered(strict, used)))
        del EXCEPTIONS["verify#properties/digest"]

    def schemas(self):
        self.schema("an `$id` of another file", lambda broken: broken["plan"].update({"$id": broken["test"]["$id"]}))
        self.schema(
            "another draft",
            lambda broken: broken["plan"].update({"$schema": "http://json-schema.org/draft-07/schema#"}),
        )
        self.schema("no title", lambda broken: broken["plan"].pop("title"))
        self.schema("an unknown type", lambda broken: broken["check"].update(type="thing"))
        self.schema("a `$ref` to no file", lambda broken: broken["logs"].update({"$ref": "none.schema.json"}))
        self.schema(
            "a `$ref` to no definition",
            lambda broken: broken["plan"]["oneOf"][1]["properties"]["tags"].update({"$ref": "#/$defs/none"}),
        )
        self.schema(
            "a key without a description", lambda broken: broken["status"]["properties"]["status"].pop("description")
        )
        self.schema("a closed object", lambda broken: broken["status"].update(additionalProperties=False))
        self.schema(
            "an event that the last branch allows",
            lambda broken: broken["apply"]["oneOf"][-1]["properties"]["event"]["not"]["enum"].pop(),
        )

    def documentation(self):
        self.page("a row that is gone", documented.JSON, "| `url` |", "| |")
        self.page(
            "an unknown key",
            documented.JSON,
            "| `message`, `help` | text; `help` may be `null` |",
            "| `message`, `help`, `more` | text |",
        )
        self.page("an event that is gone", documented.JSON, "| `started` |", "| `begun` |")
        self.page(
            "a key of an event that is gone",
            documented.JSON,
            "`src`, `filesHash`, `bytes`, `state`",
            "`src`, `filesHash`, `bytes`",
        )
        self.page(
            "a key of an action that is gone",
            documented.JSON,
            "| `unknown` | `up-to-date` |",
            "| `unknown` | `move-tags` |",
        )
        self.page("a key of a reason that is gone", documented.JSON, "`step`, `source`, `paths`", "`step`, `paths`")
        self.page(
            "an unknown fact", documented.JSON, "`exists`, `writable`, `bytes`", "`exists`, `writable`, `bytes`, `more`"
        )
        self.page("a fact that is gone", documented.JSON, "`storageDriver`, ", "")
        self.page("a key within an object that is gone", documented.JSON, "`{buildId, tag, state}`", "`{buildId, tag}`")
        self.page("an unknown key within an object", documented.JSON, "`{tag, from}`", "`{tag, from, more}`")
        self.page("a key in prose that is gone", documented.JSON, "and `omitted`,", "and")
        self.page(
            "a key of a command that is gone", documented.TEMPLATES, "`{template, buildId, tags}`", "`{template, tags}`"
        )
        self.page("a key of a template that is gone", documented.TEMPLATES, "| `templateId` |", "| |")
        self.page(
            "a link that is gone",
            documented.JSON,
            "../schema/output/check.schema.json",
            "../schema/output/other.schema.json",
        )
        extra = {"type": "string", "description": "Nothing."}
        for name in self.published:
            schema = self.published[name]
            if schema.get("type") == "object" and "properties" in schema:
                self.document(
                    f"a key of {name} without documentation",
                    lambda broken, name=name: broken[name]["properties"].update(extraKey=extra),
                )
            elif "items" in schema and "properties" in schema["items"]:
                self.document(
                    f"a key of {name} without documentation",
                    lambda broken, name=name: broken[name]["items"]["properties"].update(extraKey=extra),
                )


def objects(value, path=()):
    """The paths of all objects in a value."""
    if isinstance(value, dict):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from objects(inner, (*path, key))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sbx", type=lambda text: str(pathlib.Path(text).absolute()), required=True)
    parser.add_argument("--records", default=os.environ.get("SBX_JSON_RECORDS"))
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        test = SelfTest(arguments.sbx)
        found = test.run()
        print(f"{test.noticed} faults are noticed, {len(found)} are not")
    else:
        found = check(arguments.sbx, arguments.records)
    for problem in found[:50]:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
