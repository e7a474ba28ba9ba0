"""File trees as data, so that a case can hold what a git checkout cannot."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE_MODE = 0o644
DIRECTORY_MODE = 0o755


@dataclass(frozen=True)
class Node:
    """One thing in a tree: a file, a directory, a link or a named pipe."""

    kind: str
    content: bytes = b""
    mode: int | None = None
    target: str = ""


@dataclass
class Tree:
    """Nodes by their paths; directories that only hold others need no node."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def file(self, path: str, content: bytes | str, mode: int = FILE_MODE) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.nodes[path] = Node("file", content=data, mode=mode)

    def directory(self, path: str, mode: int = DIRECTORY_MODE) -> None:
        self.nodes[path] = Node("dir", mode=mode)

    def link(self, path: str, target: str) -> None:
        self.nodes[path] = Node("link", target=target)

    def without(self, path: str) -> Tree:
        """The same tree without a path and all below it."""
        below = path + "/"
        kept = {
            name: node
            for name, node in self.nodes.items()
            if name != path and not name.startswith(below)
        }
        return Tree(kept)

    def build(self, root: Path) -> None:
        """Creates the tree; modes are set last, so that none is in the way.

        Nothing depends on the umask: every directory gets a mode, whether it has a
        node or not.
        """
        root.mkdir(parents=True, exist_ok=True)
        modes: dict[Path, int] = {root: DIRECTORY_MODE}
        for path, node in sorted(self.nodes.items()):
            full = root / path
            for parent in full.relative_to(root).parents:
                modes.setdefault(root / parent, DIRECTORY_MODE)
            full.parent.mkdir(parents=True, exist_ok=True)
            _create(full, node)
            if node.mode is not None:
                modes[full] = node.mode
        for full in sorted(modes, reverse=True):
            full.chmod(modes[full])


def _create(full: Path, node: Node) -> None:
    match node.kind:
        case "file":
            full.write_bytes(node.content)
        case "dir":
            full.mkdir(exist_ok=True)
        case "link":
            full.symlink_to(node.target)
        case "pipe":
            os.mkfifo(full)
        case other:
            raise ValueError(f"unknown kind of node: {other}")


def from_toml(table: dict[str, Any]) -> Tree:
    """Reads `files`, `raw_files`, `dirs`, `links` and `pipes` of a `case.toml`.

    A file is its text, or `{ text = "…", mode = "755", bytes = "hex" }`; a directory
    is its mode, `""` for the usual one; a link is its target. The names of raw files
    are hexadecimal, because TOML cannot say what is no text.
    """
    tree = Tree()
    for path, value in table.get("files", {}).items():
        entry = {"text": value} if isinstance(value, str) else value
        content = bytes.fromhex(entry["bytes"]) if "bytes" in entry else entry["text"]
        tree.file(path, content, int(entry.get("mode", "644"), 8))
    for path, text in table.get("raw_files", {}).items():
        tree.file(os.fsdecode(bytes.fromhex(path)), text)
    for path, mode in table.get("dirs", {}).items():
        tree.directory(path, int(mode or "755", 8))
    for path, target in table.get("links", {}).items():
        tree.link(path, target)
    for path in table.get("pipes", []):
        tree.nodes[path] = Node("pipe", mode=FILE_MODE)
    return tree


def to_toml(tree: Tree) -> dict[str, Any]:
    """The reverse of `from_toml`, for cases that the generator writes."""
    table: dict[str, Any] = {"files": {}, "dirs": {}, "links": {}, "pipes": []}
    for path, node in sorted(tree.nodes.items()):
        match node.kind:
            case "file":
                table["files"][path] = {
                    "bytes": node.content.hex(),
                    "mode": f"{node.mode or FILE_MODE:o}",
                }
            case "dir":
                table["dirs"][path] = f"{node.mode or DIRECTORY_MODE:o}"
            case "link":
                table["links"][path] = node.target
            case _:
                table["pipes"].append(path)
    return {key: value for key, value in table.items() if value}
