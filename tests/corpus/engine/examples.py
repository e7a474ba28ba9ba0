"""The examples of `docs/codes`, as templates."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CONTEXTS = (ROOT / "tests/ui/context", Path(__file__).resolve().parent / "context")
"""The files that examples copy; the later ones replace the earlier ones of their names."""


@dataclass
class Example:
    """A manifest of a page."""

    page: str
    kind: str
    """`bad` or `good`."""
    number: int
    """From 1, among those of its page and kind."""
    manifest: str
    dockerfile: str | None

    @property
    def id(self) -> str:
        """Its name within the page."""
        return f"{self.kind}-{self.number}"

    @property
    def name(self) -> str:
        return f"{self.page}-{self.id}"

    def write(self, folder: Path) -> Path:
        """Write the template with its files into a new directory; the manifest's path."""
        for context in CONTEXTS:
            shutil.copytree(context, folder, dirs_exist_ok=True)
        # The root of the project.
        (folder / ".git").mkdir()
        if self.dockerfile is not None:
            (folder / "Dockerfile").write_text(self.dockerfile + "\n")
        manifest = folder / "sandbox.toml"
        manifest.write_text(self.manifest + "\n")
        return manifest


def read(codes: list[str]) -> Iterator[Example]:
    """The examples of these pages, or of all."""
    for page in sorted((ROOT / "docs/codes").glob("*.md")):
        if page.stem == "README" or codes and page.stem not in codes:
            continue
        for kind in ("bad", "good"):
            found = _manifests(page.read_text(), kind.capitalize())
            for number, (manifest, dockerfile) in enumerate(found, 1):
                yield Example(page.stem, kind, number, manifest, dockerfile)


def _manifests(page: str, heading: str) -> list[tuple[str, str | None]]:
    """The manifests below a heading, each with the Dockerfile that follows it."""
    section = re.search(rf"\n### {heading}\n(.*?)(?=\n### |\n## |\Z)", page, re.DOTALL)
    blocks = re.findall(r"```(\w+)\n(.*?)\n```", section[1], re.DOTALL) if section else []
    found = []
    for (language, text), following in zip(blocks, [*blocks[1:], ("", "")], strict=False):
        if language == "toml":
            found.append((text, following[1] if following[0] == "dockerfile" else None))
    return found
