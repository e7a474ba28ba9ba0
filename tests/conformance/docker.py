"""Ignore patterns as Docker reads them.

`PatternMatcher` is the port of Docker's own matcher that e2b's SDK uses.
"""

from __future__ import annotations

import os

from e2b_dockerfile_utils import PatternMatcher


def patterns(context: str, written: list[str]) -> list[str]:
    """The lines of `.dockerignore`, then the manifest's patterns, which win."""
    return [*_file(context), *(line for line in written if line.strip())]


def _file(context: str) -> list[str]:
    """A comment begins in the first column, behind a byte-order mark if there is one."""
    path = os.path.join(context, ".dockerignore")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8-sig") as file:
        lines = file.read().split("\n")
    read = [line.strip() for line in lines if not line.startswith("#")]
    return ["\\" + line if line.startswith("#") else line for line in read if line]


def matcher(lines: list[str]) -> PatternMatcher:
    """Raises `ValueError` if Docker does not take one of the patterns."""
    return PatternMatcher(lines)


def is_readable(pattern: str) -> bool:
    try:
        matcher([pattern])
    except ValueError:
        return False
    return True
