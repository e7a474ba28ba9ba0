"""Templates whose outcome is certain: what these scripts make of a build must agree.

    python3 tests/corpus/engine/selftest.py [NAME…]

The rules of the builder have a table of their own in `tests/engine`.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine/images"))

import pool
from build import Builder
from watch import Limits

SERVE = 'start = "python3 -m http.server 8000"\nready = { port = 8000 }\n'


@dataclass
class Case:
    """A template: its manifest after the name and the base."""

    name: str
    manifest: str
    state: str
    step: int | None = None
    base: str = "debian:12"


CASES = [
    Case("is-ready", SERVE, "ready"),
    Case("exit-code", '[[steps]]\nrun = "true"\n[[steps]]\nrun = "exit 7"', "fails", 2),
    Case("reads-input", '[[steps]]\nrun = "cat > /home/user/f"', "hangs", 1),
    Case("sleeps", '[[steps]]\nrun = "sleep 600"', "hangs", 1),
    Case("is-busy", '[[steps]]\nrun = "timeout 25 sh -c \'while :; do :; done\' || :"', "ready"),
    Case("holds-output", '[[steps]]\nrun = "sleep 300 & echo done"', "holds its output", 1),
    Case("closed-host", '[[steps]]\nrun = "curl -sS https://example.com/"', "unreachable", 1),
    Case("start-exits", 'start = "exit 3"\nready = { port = 8000 }', "start fails"),
    Case("start-ends-well", 'start = "true"\nready = { port = 8000 }', "never ready"),
    Case("wrong-port", SERVE.replace("port = 8000", "port = 3000"), "never ready"),
]


def main() -> int:
    cases = [case for case in CASES if not sys.argv[1:] or case.name in sys.argv[1:]]
    return 0 if all(pool.run(_agrees, cases, 2, Limits(silent=12))) else 1


def _agrees(case: Case, builder: Builder) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "sandbox.toml"
        (Path(folder) / ".git").mkdir()
        manifest.write_text(f'name = "{case.name}"\nfrom = "{case.base}"\n{case.manifest}\n')
        outcome = builder.build(manifest, "e2b")
    agrees = (outcome.state, outcome.step) == (case.state, case.step)
    wanted = "" if agrees else f", EXPECTED {case.state} {case.step}: {outcome.output}"
    print(f"{case.name}: {outcome.state} {outcome.step}{wanted}", flush=True)
    return agrees


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
