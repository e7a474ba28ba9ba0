"""The command that writes a small file: a second writing of it.

No SDK has a call for it. Novita's and e2b's write a Dockerfile's here-documents with one of
the shell, in which more is expanded than Docker expands.
"""

from __future__ import annotations

import base64
import re
import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A file to write."""

    path: str
    content: str
    owner: str
    mode: int = 0o644
    name: str | None = None
    """The file's name if the path is a directory by then."""

    def command(self, references: bool) -> str:
        """The command; `references` says whether `${NAME}` is left to the shell."""
        root = "" if self.path.startswith("/") else "."
        *directories, name = [
            part for part in self.path.split("/") if part not in ("", ".")
        ]
        parts = [self._directories(root, directories)] if directories else []
        within = '"$sbx_dir"' if directories else root
        parts.append(f"sbx_file={within}/{shlex.quote(name)}")
        if self.name is not None:
            inner = f'sbx_file="$sbx_file"/{shlex.quote(self.name)}'
            parts.append(f'{{ [ ! -d "$sbx_file" ] || {inner}; }}')
        parts.append('{ [ ! -L "$sbx_file" ] || rm "$sbx_file"; }')
        parts.append(f'{self._output(references)} > "$sbx_file"')
        parts.append(f'chown {self._owner()} "$sbx_file"')
        parts.append(f'chmod {self.mode:04o} "$sbx_file"')
        return " && ".join(parts)

    def _directories(self, root: str, names: list[str]) -> str:
        if set(self.owner.split(":")) <= {"root", "0"}:
            path = shlex.quote("/".join(names))
            return f'sbx_dir={root}/{path} && mkdir -p "$sbx_dir"'
        words = " ".join(shlex.quote(name) for name in names)
        made = f'mkdir "$sbx_dir" && chown {self._owner()} "$sbx_dir"'
        return (
            f'sbx_dir={root} && for sbx_name in {words}; do sbx_dir="$sbx_dir/$sbx_name"; '
            f'[ -d "$sbx_dir" ] || {{ {made}; }} || exit; done'
        )

    def _owner(self) -> str:
        """With a group: a name's own, or the number itself."""
        if ":" in self.owner:
            return shlex.quote(self.owner)
        group = self.owner if self.owner.isdecimal() else ""
        return shlex.quote(f"{self.owner}:{group}")

    def _output(self, references: bool) -> str:
        """Everything but references in a form that no shell reads."""
        pieces = [self.content]
        if references:
            pieces = re.split(r"(\$\{[A-Za-z_]+\})", self.content)
        printed = [
            f'printf %s "{piece[:-1]}-}}"'
            if references and piece.startswith("${")
            else f"printf %s {base64.b64encode(piece.encode()).decode()} | base64 -d"
            for piece in pieces
            if piece
        ]
        if len(printed) == 1:
            return printed[0]
        return f"{{ {' && '.join(printed)}; }}" if printed else ":"
