"""What a language server answers where a person stops typing.

tombi is asked. taplo's published builds, on PyPI and npm, leave the language server out.
"""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

from corpus import ROOT
from lsp import Server
from tools import Failed, Tools

SCHEMA = json.loads((ROOT / "schema/sandbox.schema.json").read_text())

# The directive is read, too: nothing else leads to the schema.
TEXT = f"""#:schema {ROOT}/schema/sandbox.schema.json
name = "x"
platform = ""

[from]

[[steps]]
apt = "git"

[[steps]]

"""
LINES = TEXT.split("\n")
KEYS = {
    "from": (5, SCHEMA["definitions"]["From"]["properties"]),
    "a step": (10, SCHEMA["definitions"]["Step"]["properties"]),
}


class Judge(Protocol):
    """Whoever counts."""

    def expect(self, holds: bool, fault: str) -> None:
        """Counts one thing that was looked at."""


def _items(answer: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["items"]
    return items


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _ask(server: Server, uri: str, judge: Judge) -> None:
    faults = server.open(uri, TEXT)
    lines = {fault["range"]["start"]["line"] for fault in faults}
    # The platform that is none, the source that is missing, the step that is empty.
    judge.expect(lines == {2, 4, 9}, f"faults are shown in {sorted(lines)}: {faults}")

    hover = server.at("textDocument/hover", uri, 7, 1)
    described = SCHEMA["definitions"]["Step"]["properties"]["apt"]["description"]
    shown = _plain(json.dumps(hover, ensure_ascii=False))
    judge.expect(_plain(described) in shown, f"hovering over `apt` shows {shown}")

    for where, (line, keys) in KEYS.items():
        items = _items(server.at("textDocument/completion", uri, line, 0))
        labels = {item["label"].split(" ")[0] for item in items}
        judge.expect(labels == keys.keys(), f"in {where} it offers {sorted(labels)}")
        told = _plain(json.dumps(items, ensure_ascii=False))
        for key, schema in keys.items():
            described = json.dumps(schema["description"], ensure_ascii=False)[1:-1]
            judge.expect(_plain(described) in told, f"nothing is told of `{key}` in {where}")

    column = LINES[2].index('"') + 1
    items = _items(server.at("textDocument/completion", uri, 2, column))
    labels = {item["label"].strip('"') for item in items}
    words = set(SCHEMA["definitions"]["Platform"]["enum"])
    judge.expect(labels == words, f"as a platform it offers {sorted(labels)}")


def check(tools: Tools, judge: Judge) -> None:
    """Asks, and holds the answers against the schema."""
    # In no directory that a configuration names.
    path = tools.corpus / "home" / "asked" / "sandbox.toml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    server = Server(tools, tools.program("tombi"), "lsp", "--offline")
    try:
        _ask(server, path.as_uri(), judge)
    except Failed as failed:
        judge.expect(False, f"tombi lsp: {failed}")
    finally:
        server.close()
