"""The documented recipe of `filesHash`, read a second time.

SHA-256 over, without separators: `COPY SRC DEST` as written; then for each path, sorted
as text by full path: its path relative to the context, its mode in decimal, its size in
decimal unless it is a directory, and a file's bytes or an unfollowed link's target.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath

import docker
from wcmatch import glob

_FLAGS = glob.GLOBSTAR | glob.DOTMATCH


def files_hash(
    src: str,
    dest: str,
    context: str,
    paths: list[str],
    follow: bool,
    sizes_of_directories: bool = False,
) -> str:
    """The hash of those paths, which are absolute, in their order."""
    digest = hashlib.sha256(f"COPY {src} {dest}".encode())
    for path in paths:
        digest.update(os.path.relpath(path, context).encode())
        here = os.lstat(path)
        is_link = stat.S_ISLNK(here.st_mode)
        if is_link and follow and (os.path.isfile(path) or os.path.isdir(path)):
            here, is_link = os.stat(path), False
        digest.update(str(here.st_mode).encode())
        if sizes_of_directories or not stat.S_ISDIR(here.st_mode):
            digest.update(str(here.st_size).encode())
        if is_link:
            digest.update(os.readlink(path).encode())
        elif stat.S_ISREG(here.st_mode):
            with open(path, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


def select(pattern: str, context: str, patterns: list[str]) -> list[str]:
    """The paths that a source stands for, relative to the context, sorted as such.

    What the pattern matches stands for itself, and a directory for all below it; an
    ignored one for nothing. A link is a link.
    """
    matcher = docker.matcher(patterns)
    found = glob.glob(pattern, flags=_FLAGS, root_dir=context)
    roots = {PurePosixPath(os.path.normpath(match)) for match in found}
    whole: set[PurePosixPath] = set()
    taken: set[str] = set()
    for root in sorted(roots, key=lambda path: len(path.parts)):
        path = str(root)
        # Below a directory that is taken whole, a match adds nothing, not behind a link.
        if whole & {*root.parents} or (path != "." and matcher.matches(path)):
            continue
        taken.add(path)
        full = os.path.join(context, path)
        if os.path.isdir(full) and not os.path.islink(full):
            whole.add(root)
            taken.update(
                inner for inner in _below(context, path) if not matcher.matches(inner)
            )
    return sorted(taken, key=lambda path: os.path.normpath(os.path.join(context, path)))


def _below(context: str, root: str) -> Iterator[str]:
    for directory, names, files in os.walk(os.path.join(context, root)):
        for name in (*names, *files):
            yield os.path.normpath(
                os.path.relpath(os.path.join(directory, name), context)
            )


def matches(path: str, patterns: list[str]) -> bool:
    """Whether one of the patterns is about that path, whatever is there."""
    return bool(patterns) and glob.globmatch(path, patterns, flags=_FLAGS)


def passes_a_link(context: str, path: str) -> bool:
    """Whether a directory on the way to the path is a link."""
    parents = PurePosixPath(path).parents
    return any(os.path.islink(os.path.join(context, parent)) for parent in parents)
