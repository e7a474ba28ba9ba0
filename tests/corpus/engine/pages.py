"""Write the examples of `docs/codes` as templates, each with the files that it copies.

    python3 tests/corpus/engine/pages.py DIRECTORY [CODE…]

Then `run.py DIRECTORY/*` builds them: a bad example must fail as its page says, a good one must
become ready.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = ROOT / "tests/ui/context"


def examples(page: str, heading: str) -> list[tuple[str, str | None]]:
    """The manifests below a heading, each with the Dockerfile that follows it."""
    section = re.search(rf"\n### {heading}\n(.*?)(?=\n### |\n## |\Z)", page, re.DOTALL)
    blocks = re.findall(r"```(\w+)\n(.*?)\n```", section[1], re.DOTALL) if section else []
    found = []
    for (language, text), following in zip(blocks, [*blocks[1:], ("", "")], strict=False):
        if language == "toml":
            found.append((text, following[1] if following[0] == "dockerfile" else None))
    return found


def main() -> int:
    target, *codes = sys.argv[1:]
    for page in sorted((ROOT / "docs/codes").glob("*.md")):
        if codes and page.stem not in codes or page.stem == "README":
            continue
        for heading in ("Bad", "Good"):
            for number, (manifest, dockerfile) in enumerate(examples(page.read_text(), heading), 1):
                folder = Path(target) / f"{page.stem}-{heading.lower()}-{number}"
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(FIXTURE, folder)
                (folder / "sandbox.toml").write_text(manifest + "\n")
                if dockerfile is not None:
                    (folder / "Dockerfile").write_text(dockerfile + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
