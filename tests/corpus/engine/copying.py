"""COPY: an archive is unpacked in `/tmp` and merged into its target."""

from __future__ import annotations

import re
import secrets

from container import Container
from shell import Context

_MERGE = r"""
user="$1" work="$2" source="$3" target="$4" owner="$5" mode="$6"
[ -n "$work" ] || work=$(getent passwd "$user" | cut -d: -f6)
case $target in /*) ;; *) target=$work/$target ;; esac
parents() { case $target in */) mkdir -p "$target" ;; *) mkdir -p "$(dirname "$target")" ;; esac; }
if [ -L "$source" ]; then
    parents
    chown -h "$owner" "$source"
    mv "$source" "$target"
elif [ -f "$source" ]; then
    chown "$owner" "$source"
    [ -z "$mode" ] || chmod "$mode" "$source"
    parents
    mv "$source" "$target"
elif [ -d "$source" ]; then
    chown -R "$owner" "$source"
    [ -z "$mode" ] || chmod -R "$mode" "$source"
    mkdir -p "$target"
    set -o pipefail
    tar -C "$source" -cf - . |
        tar -C "$target" --keep-directory-symlink --no-overwrite-dir -xf -
else
    echo "$source is not in the archive"
    exit 1
fi
"""
"""A failing `chown` or `chmod` fails nothing; the last command decides."""


def unpack(container: Container, archive: bytes) -> str:
    """Unpack an archive in the container; the new directory."""
    folder = f"/tmp/{secrets.token_hex(16)}/unpack"
    container.root('mkdir -p "$1"; tar -xzf - -C "$1"', folder, data=archive)
    return folder


def root_of(source: str) -> str:
    """The part of a source before its first component with a glob character."""
    kept: list[str] = []
    for part in source.strip("/").split("/"):
        if re.search(r"[*?\[{]", part):
            break
        kept.append(part)
    return "/".join(kept) or "."


def script(folder: str, arguments: list[str], context: Context) -> str:
    """The shell text that merges `[source, target, owner, mode]` for root's login shell, which
    expands the variables in it."""
    source, target, owner, mode = arguments[:4]
    owner = owner or context.user
    if ":" not in owner:
        owner = f"{owner}:{owner}"
    words = (context.user, context.workdir or "", f"{folder}/{root_of(source)}", target, owner, mode)
    quoted = " ".join(f'"{word}"' for word in words)
    return f"set -- {quoted}\n{_MERGE}"
