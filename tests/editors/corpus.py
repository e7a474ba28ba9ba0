"""The manifests: the examples, the pages' blocks, the cases of other tests, and our own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cases

ROOT = Path(__file__).resolve().parents[2]
# A path of its own would win over the schema that a tool is given.
DIRECTIVE = re.compile(r"^#:schema .*$", re.MULTILINE)
HEADER = re.compile(r"^\s*\[+\s*([A-Za-z0-9_-]+)")
KEY = re.compile(r"^\s*(?:\"([^\"]+)\"|'([^']+)'|([A-Za-z0-9_-]+))\s*[=.]")


@dataclass(frozen=True)
class Manifest:
    """One manifest, and where it comes from."""

    name: str
    text: str
    # The context's other files: those that `sbx` looks for are not a schema's affair.
    must_be_good: bool = False

    def place(self, line: int) -> str:
        """The top-level key that a line belongs to, steps with their number."""
        place, step, in_header = "", -1, False
        for written in self.text.split("\n")[: max(line, 0)]:
            if found := HEADER.match(written):
                place, in_header = found[1], True
                if place == "steps" and written.lstrip().startswith("[["):
                    step += 1
            elif not in_header and (found := KEY.match(written)):
                place = found[1] or found[2] or found[3]
        return f"steps[{step}]" if place == "steps" and step >= 0 else place


def _blocks(page: str, heading: str) -> list[str]:
    for section in page.split("\n## "):
        if section.startswith(heading):
            return re.findall(r"^```toml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return []


def _manifests() -> list[Manifest]:
    found: list[Manifest] = []
    for path in sorted(ROOT.glob("examples/*/sandbox.toml")):
        found.append(Manifest(f"examples/{path.parent.name}", path.read_text(), True))
    for path in sorted(ROOT.glob("docs/codes/*.md")):
        page = path.read_text()
        for heading in ("Bad", "Good"):
            for at, block in enumerate(_blocks(page, heading)):
                name = f"pages/{path.stem}/{heading.lower()}-{at}"
                found.append(Manifest(name, block, heading == "Good"))
    for path in sorted(ROOT.glob("tests/ui/*/*.toml")):
        found.append(Manifest(f"ui/{path.parent.name}/{path.stem}", path.read_text()))
    for path in sorted(ROOT.glob("tests/conformance/cases/*/sandbox.toml")):
        found.append(Manifest(f"conformance/{path.parent.name}", path.read_text()))
    for name, text in cases.GOOD.items():
        found.append(Manifest(f"own/good/{name}", text))
    for name, text in cases.BAD.items():
        found.append(Manifest(f"own/bad/{name}", text))
    store = ROOT / "schema/schemastore/src"
    for kind, is_good in (("test", True), ("negative_test", False)):
        for path in sorted(store.glob(f"{kind}/*/*.toml")):
            name = f"schemastore/{'good' if is_good else 'bad'}/{path.stem}"
            found.append(Manifest(name, path.read_text(), is_good))
    return [
        Manifest(it.name, DIRECTIVE.sub("#", it.text), it.must_be_good) for it in found
    ]


MANIFESTS = _manifests()


def write(directory: Path) -> dict[str, Manifest]:
    """Writes every manifest, and says by its path which is which."""
    written = {}
    for manifest in MANIFESTS:
        path = directory / manifest.name / "sandbox.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(manifest.text, newline="")
        written[str(path.relative_to(directory))] = manifest
    return written
