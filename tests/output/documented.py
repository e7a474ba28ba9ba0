"""Compares the schemas with what `docs/json.md` and `docs/templates.md` say about keys."""

import re

from schemas import ROOT, is_future

JSON, TEMPLATES = "docs/json.md", "docs/templates.md"
# The sections that describe a schema; the others are in the table of `docs/templates.md`.
SECTIONS = {
    "check": "`sbx check`",
    "diagnostic": "`sbx check`",
    "apply": "Events of `sbx apply` and `sbx logs`",
    "plan": "`sbx plan`",
    "status": "`sbx status`",
    "test": "`sbx test`",
    "import": "`sbx import`",
    "lock": "`sbx lock`",
    "export": "`sbx export`",
    "doctor": "`sbx doctor`",
}
# The tables whose first column has all keys of an object, by the section, the table's first cell and the number of
# its columns.
TABLES = [
    ("`sbx check`", "key of a diagnostic", 2, "diagnostic#"),
    ("`sbx plan`", "key", 2, "plan#"),
    ("`sbx status`", "key", 2, "status#"),
    ("`sbx test`", "key of a build", 2, "test#properties/builds/items"),
    ("`sbx test`", "key of a test", 2, "test#properties/builds/items/properties/tests/items"),
    ("`sbx import`", "key of a note", 2, "import#properties/notes/items"),
    ("`sbx lock`", "key of a change", 2, "lock#oneOf/0/properties/changes/items"),
    ("`sbx export`", "key", 2, "export#properties/remarks/items"),
    ("`sbx doctor`", "key of a check", 2, "doctor#properties/checks/items"),
]
# Several outputs have it, which is said once.
SHARED = {"profile"}

CODE = re.compile(r"``?(.+?)``?")
GROUP = re.compile(r"\{(\w+(?:, \w+)*)\}")


def pages():
    return {name: (ROOT / name).read_text() for name in (JSON, TEMPLATES)}


def section(text, title):
    """The text below a heading."""
    _, found, rest = text.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0] if found else ""


def code(text):
    """The code in a text."""
    return CODE.findall(text.replace("\\|", "|"))


def words(text):
    """The names in the code of a text, also those in `{a, b}` and in `{"a": …}`."""
    return {word for span in code(text) for word in re.findall(r"[A-Za-z][\w-]*", span)}


def tables(text):
    """The tables of a text: their rows, each a list of cells."""
    found = []
    for line in text.splitlines():
        if not line.startswith("|"):
            found.append([])
        elif set(line) - set("|- "):
            found[-1:] = [
                [*(found[-1] if found else []), [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]]
            ]
    return [table for table in found if table]


def table(text, first, columns):
    """The rows of the table that begins with a cell, without the heading."""
    return next((rows[1:] for rows in tables(text) if rows[0][0] == first and len(rows[0]) == columns), None)


class Documentation:
    """The pages and the schemas that they describe."""

    def __init__(self, schemas, texts):
        self.schemas, self.texts, self.problems = schemas, texts, []

    def at(self, pointer):
        """The name of the file of a schema, and the schema."""
        name, _, path = pointer.partition("#")
        schema = self.schemas[name]
        for part in filter(None, path.split("/")):
            schema = schema[int(part)] if isinstance(schema, list) else schema[part]
        return name, schema

    def resolve(self, name, schema):
        """A schema with the schemas that it refers to, in their order."""
        yield name, schema
        if "$ref" in schema:
            file, _, pointer = schema["$ref"].partition("#")
            target = file.removesuffix(".schema.json") or name
            yield from self.resolve(*self.at(f"{target}#{pointer}"))

    def properties(self, name, schema, branches=True):
        """The properties of an object, as the names of files and schemas."""
        found = {}
        for file, part in self.resolve(name, schema):
            found |= {key: (file, inner) for key, inner in part.get("properties", {}).items()}
            for branch in part.get("oneOf", []) + part.get("anyOf", []) if branches else []:
                if not is_future(branch):
                    found |= {key: known for key, known in self.properties(file, branch).items() if key not in found}
        return found

    def objects(self, name, schema, depth=9):
        """The sets of keys of all objects in a schema."""
        # The keys of a diagnostic are described once.
        if depth == 0 or schema.get("$ref", "").startswith("diagnostic."):
            return
        for file, part in self.resolve(name, schema):
            for inner in (part.get("items"), part.get("additionalProperties")):
                if isinstance(inner, dict):
                    yield from self.objects(file, inner, depth)
            for branch in part.get("anyOf", []):
                yield from self.objects(file, branch, depth)
        for branch in schema.get("oneOf", [{}]):
            if not is_future(branch):
                keys = self.properties(name, schema, branches=False) | self.properties(name, branch)
                if keys:
                    yield frozenset(keys) - SHARED
        for file, inner in self.properties(name, schema).values():
            yield from self.objects(file, inner, depth - 1)

    def missing(self, where, expected, found):
        for key in sorted(expected - found):
            self.problems.append(f"{where}: the page does not name the key {key}")
        for key in sorted(found - expected):
            self.problems.append(f"{where}: the schema does not have the key {key}")

    def groups(self, where, text, name, schema):
        """Compares `{a, b}` in a text with the objects of a schema."""
        groups = [frozenset(group.split(", ")) for span in code(text) for group in GROUP.findall(span)]
        objects = list(self.objects(name, schema))
        for group in groups:
            if group not in objects:
                self.problems.append(
                    f"{where}: no object of the schema has exactly the keys {', '.join(sorted(group))}"
                )
        if groups and objects and objects[0] not in groups:
            self.problems.append(f"{where}: the page does not name the keys {', '.join(sorted(objects[0]))}")

    def rows(self, where, rows, properties):
        """Compares the keys in the first column, and the objects that the rest of a row describes."""
        self.missing(where, set(properties) - SHARED, {key for row in rows for key in code(row[0])})
        for row in rows:
            keys = [key for key in code(row[0]) if key in properties]
            if len(keys) == 1:
                self.groups(f"{where}: {keys[0]}", row[-1], *properties[keys[0]])

    def compare(self):
        page = self.texts[JSON]
        for title, first, columns, pointer in TABLES:
            where = f"{JSON}, {title}, {first}"
            rows = table(section(page, title), first, columns)
            if rows is None:
                self.problems.append(f"{where}: there is no such table")
                continue
            # What a plan has beside the keys of its action.
            properties = self.properties(*self.at(pointer), branches=pointer != "plan#")
            self.rows(where, rows, properties)
        self.events(section(page, SECTIONS["apply"]))
        self.actions(section(page, SECTIONS["plan"]))
        self.kinds(section(page, SECTIONS["plan"]))
        self.checks(section(page, SECTIONS["doctor"]))
        self.commands(section(self.texts[TEMPLATES], "JSON"))
        self.names()
        self.links()
        return self.problems

    def events(self, text):
        rows = {code(row[0])[0]: row for row in table(text, "event", 3) or []}
        branches = [branch for branch in self.schemas["apply"]["oneOf"] if not is_future(branch)]
        known = {branch["properties"]["event"]["const"]: branch for branch in branches}
        self.missing(f"{JSON}, events", set(known), set(rows))
        for event, branch in known.items():
            keys = set(self.properties("apply", branch)) - {"event"}
            # The row of a diagnostic refers to its table.
            if event in rows and event != "diagnostic":
                self.missing(f"{JSON}, event {event}", keys, set(code(rows[event][1])))

    def actions(self, text):
        rows = table(text, "key", 3) or []
        for branch in self.schemas["plan"]["oneOf"]:
            action = branch["properties"]["action"]["const"]
            own = [row for row in rows if action in code(row[1])]
            properties = self.properties("plan", branch)
            self.rows(
                f"{JSON}, action {action}", own, {key: known for key, known in properties.items() if key != "action"}
            )

    def kinds(self, text):
        rows = {code(row[0])[0]: row[1] for row in table(text, "kind", 2) or []}
        reasons = self.at("plan#oneOf/2/properties/reasons/items")[1]
        kinds = {}
        for branch in reasons["oneOf"]:
            if not is_future(branch):
                kinds.setdefault(branch["properties"]["kind"]["const"], {}).update(self.properties("plan", branch))
        self.missing(f"{JSON}, kinds of reasons", set(kinds), set(rows))
        for kind, properties in kinds.items():
            named = set(code(rows.get(kind, "")))
            self.missing(f"{JSON}, reason {kind}", set(properties) - {"kind"}, named & set(properties))

    def checks(self, text):
        rows = table(text, "check", 2) or []
        branches = {
            branch["properties"]["name"]["const"]: branch["properties"]["facts"]
            for branch in self.at("doctor#properties/checks/items")[1]["oneOf"]
            if not is_future(branch)
        }
        self.missing(f"{JSON}, checks", set(branches), {name for row in rows for name in code(row[0])})
        for row in rows:
            facts = {}
            for name in code(row[0]):
                facts |= self.properties("doctor", branches.get(name, {}))
            where = f"{JSON}, check {row[0]}"
            # These have a key for each platform.
            if "each platform" not in row[1]:
                self.missing(where, set(facts), words(row[1]) & set(facts))
            for group in GROUP.findall(row[1]):
                if not any(frozenset(group.split(", ")) in self.objects(file, inner) for file, inner in facts.values()):
                    self.problems.append(f"{where}: no object of the schema has exactly the keys {group}")

    def commands(self, text):
        rows = table(text, "command", 2) or []
        described = {}
        for row in rows:
            for command in code(row[0]):
                name = re.sub(r" [A-Z]+", "", command).replace(" ", "-")
                if name not in self.schemas:
                    self.problems.append(f"{TEMPLATES}, {command}: there is no schema for it")
                described.setdefault(name, []).append(row[1])
        for name, texts in described.items():
            if name in ("list", "show") or name not in self.schemas:
                continue
            groups = {frozenset(group.split(", ")) for group in GROUP.findall(" ".join(texts))}
            objects = set(self.objects(name, self.schemas[name]))
            for keys in objects ^ groups:
                side = "the page does not name" if keys in objects else "the schema does not have"
                self.problems.append(f"{TEMPLATES}, {name}: {side} the keys {', '.join(sorted(keys))}")
        template = self.properties("show", self.schemas["show"])
        self.rows(f"{TEMPLATES}, key of a template", table(text, "key of a template", 2) or [], template)
        undescribed = set(self.schemas) - set(described) - set(SECTIONS) - {"logs"}
        for name in sorted(undescribed):
            self.problems.append(f"{TEMPLATES}: no row is about {name}")

    def vocabulary(self, name, schema, keys, known):
        """Adds the keys of a schema, and what else it names: values, and code in descriptions."""
        if isinstance(schema, list):
            for inner in schema:
                self.vocabulary(name, inner, keys, known)
        elif isinstance(schema, dict):
            if "$ref" in schema:
                known.update(self.properties(name, {"$ref": schema["$ref"]}))
            keys.update(schema.get("properties", {}))
            for value in schema.get("enum", [schema.get("const")]):
                known.update(str(value).split())
            known.update(words(schema.get("description", "")))
            for key, inner in schema.items():
                within = list(inner.values()) if key in ("properties", "$defs") else inner
                self.vocabulary(name, within, keys, known)

    def names(self):
        """Each key is named in the section of its schema, and what a table names is known to the schema."""
        for name, title in SECTIONS.items():
            text = section(self.texts[JSON], title)
            keys, known = set(), {"true", "false", "null"}
            self.vocabulary(name, self.schemas[name], keys, known)
            unnamed = keys - words(text) - SHARED
            if name == "doctor":
                # A key for each platform.
                unnamed -= {"novita", "e2b", "declaw"}
            for key in sorted(unnamed):
                self.problems.append(f"{JSON}, {title}: the section does not name the key {key}")
            if name == "diagnostic":
                continue
            self.vocabulary("diagnostic", self.schemas["diagnostic"], known, known)
            cells = " ".join(cell for rows in tables(text) for row in rows for cell in row)
            quoted = set(re.findall(r'"(\w+)": […\[{]', text))
            for key in sorted((words(cells) | quoted) - keys - known):
                self.problems.append(f"{JSON}, {title}: the schema knows nothing of {key}")

    def links(self):
        text = "".join(self.texts.values())
        linked = set(re.findall(r"\(\.\./schema/output/([\w-]+)\.schema\.json\)", text))
        for name in sorted(set(self.schemas) - linked):
            self.problems.append(f"{JSON}: no link to {name}.schema.json")
        for name in sorted(linked - set(self.schemas)):
            self.problems.append(f"{JSON}: the link to {name}.schema.json leads nowhere")


def problems(schemas, texts):
    """What the pages and the schemas do not agree on."""
    return Documentation(schemas, texts).compare()
