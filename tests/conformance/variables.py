"""Values of variables, as MANIFEST's "env value" has them: an independent reading.

`$NAME` and `${NAME}` refer, `$$` is a dollar sign, a `$` before anything else is one
too. References within a table are resolved whatever their order, and references to
earlier tables; a variable that refers to itself means what it was before its table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"\$\$|\$\{(?P<braced>[^}]*)\}|\$(?P<plain>[A-Za-z_][A-Za-z0-9_]*)|\$|[^$]+"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Reference:
    """A reference, in the form in which it was written."""

    name: str
    braced: bool


Piece = str | Reference
"""A literal, in which a `$` is a dollar sign, or a reference."""

Scope = dict[str, list[Piece]]


def parse(value: str) -> list[Piece]:
    """The pieces of a value."""
    pieces: list[Piece] = []
    for token in _TOKEN.finditer(value):
        braced, plain = token["braced"], token["plain"]
        if braced is not None:
            if not _NAME.fullmatch(braced):
                raise ValueError(f"unsupported reference in {value!r}")
            pieces.append(Reference(braced, True))
        elif plain is not None:
            pieces.append(Reference(plain, False))
        else:
            pieces.append("$" if token[0] == "$$" else token[0])
    return _joined(pieces)


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and isinstance(piece, str) and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def resolve(table: dict[str, str], earlier: Scope) -> Scope:
    """Substitutes every reference that the table or an earlier one answers."""
    raw = {name: parse(value) for name, value in table.items()}
    done: Scope = {}

    def value_of(name: str, active: tuple[str, ...]) -> list[Piece]:
        if name in active:
            raise ValueError(f"`{name}` refers to itself in a circle")
        if name not in done:
            pieces: list[Piece] = []
            for piece in raw[name]:
                if not isinstance(piece, Reference):
                    pieces.append(piece)
                elif piece.name in raw and piece.name != name:
                    pieces.extend(value_of(piece.name, (*active, name)))
                else:
                    pieces.extend(earlier.get(piece.name, [piece]))
            done[name] = _joined(pieces)
        return done[name]

    return {name: value_of(name, ()) for name in raw}


def substituted(word: str, scope: Scope) -> str:
    """A word with values in place of its references; all of them are known."""
    out: list[str] = []
    for piece in parse(word):
        pieces = scope[piece.name] if isinstance(piece, Reference) else [piece]
        for literal in pieces:
            if isinstance(literal, Reference):
                raise ValueError(f"{literal.name!r} is not known in {word!r}")
            out.append(literal)
    return "".join(out)


def written(pieces: list[Piece], dollar: str) -> str:
    """The pieces as text, with `dollar` for each dollar sign.

    A reference keeps its form, unless the text that follows would lengthen its name.
    """
    out: list[str] = []
    for at, piece in enumerate(pieces):
        if isinstance(piece, str):
            out.append(piece.replace("$", dollar))
            continue
        after = pieces[at + 1] if at + 1 < len(pieces) else ""
        runs_on = isinstance(after, str) and re.match(r"[A-Za-z0-9_]", after)
        braces = piece.braced or runs_on
        out.append(f"${{{piece.name}}}" if braces else f"${piece.name}")
    return "".join(out)


def text(value: Any) -> str:
    """A value of an `env` table as text: integers and booleans as TOML writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
