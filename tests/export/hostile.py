"""Manifests whose texts try to end the literals, comments and lines that they are exported to."""

from __future__ import annotations

import random
from typing import Any

PIECES = [
    *('"', "'", '"""', "'''", "\\", "\\\\", "`", "${x}", "$x", "$$", "*/", "/*", "//", "#", "<<EOF"),
    *("\n", "\n\n", "\r", "\t", "\u2028", "\u2029", "\u0085", "\u202e", "\ufeff", "\x1b[2J", "\x7f"),
    *("{", "}", "{}", "%s", "\\n", "\\u0041", "\\x41", "\\N{BULLET}", "f'", "é", "日本", "😀", "\U000e0041"),
    *("a", " ", "x=1", "&&", ";", "|", "-->", "<script>", "__proto__", "# escape=`", "\\\n#", "&& \\"),
]
NAMES = ["A", "B", "__proto__", "constructor", "toString", "_", "LONG_NAME"]


def text(rng: random.Random, least: int = 1) -> str:
    """A text that is not only white space."""
    pieces = [rng.choice(PIECES) for _ in range(rng.randint(least, 8))]
    return "".join(pieces) + rng.choice(["", "z"]) if any(map(str.strip, pieces)) else "z"


def manifest(seed: str) -> dict[str, Any]:
    """A manifest of such texts."""
    rng = random.Random(seed)
    steps: list[dict[str, Any]] = []
    for _ in range(rng.randint(1, 8)):
        step: dict[str, Any] = rng.choice(
            [
                lambda: {"run": text(rng)},
                lambda: {"run": [text(rng), text(rng)]},
                lambda: {"run": "true " + text(rng), "user": "root"},
                lambda: {"write": "/srv/" + str(rng.random()), "content": text(rng, 0)},
                lambda: {"mkdir": ["/srv/" + text(rng)]},
                lambda: {"remove": "/srv/" + text(rng), "force": True},
                lambda: {"symlink": "/srv/" + text(rng), "target": "/x" + text(rng)},
                lambda: {"pip": ["x" + text(rng), "y"]},
                lambda: {"env": {rng.choice(NAMES): text(rng).replace("${x}", "").replace("$", "$$")}},
            ]
        )()
        if rng.random() < 0.5:
            step["label"] = text(rng)
        steps.append(step)
    made: dict[str, Any] = {"name": "hostile", "from": {"image": "debian:12"}, "steps": steps}
    if rng.random() < 0.7:
        made["start"] = {"cmd": text(rng)}
        made["ready"] = rng.choice(
            [{"cmd": text(rng)}, {"process": text(rng)}, {"file": "/" + text(rng)}, {"port": 80}]
        )
    return made
