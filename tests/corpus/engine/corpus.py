"""The templates of the corpus, and what their authors expect."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parents[1]

EXPECTED = "expected.toml"


@dataclass
class Template:
    """A directory with a manifest, and with `expected.toml` if it belongs to the corpus."""

    path: Path
    expected: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def manifest(self) -> str:
        return self.expected.get("manifest", "sandbox.toml")

    @property
    def platforms(self) -> list[str]:
        return self.expected.get("platforms", ["novita", "e2b"])

    def outcome(self, platform: str) -> str:
        """What the author expects of a real build."""
        outcome = self.expected.get("outcome", "")
        return outcome if isinstance(outcome, str) else outcome.get(platform, "")

    @contextlib.contextmanager
    def project(self) -> Iterator[Path]:
        """A copy of the directory without what belongs to the corpus; the manifest's path."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / self.name
            left_out = shutil.ignore_patterns(EXPECTED)
            shutil.copytree(self.path, copy, symlinks=True, ignore=left_out)
            # The root of the project.
            (copy / ".git").mkdir(exist_ok=True)
            yield copy / self.manifest


def load(path: Path) -> Template:
    """The template in a directory."""
    expected = path / EXPECTED
    found = tomllib.loads(expected.read_text()) if expected.exists() else {}
    return Template(path.resolve(), found)


def templates(names: list[str]) -> list[Template]:
    """Those of these names or directories; every one of the corpus if there are none."""
    if names:
        places = [CORPUS / name if (CORPUS / name).is_dir() else Path(name) for name in names]
        return [load(place) for place in places]
    return [load(path.parent) for path in sorted(CORPUS.glob(f"*/{EXPECTED}"))]
