"""Drives an editor in a terminal.

usage: run.py EDITOR SBX [--update] -- COMMAND…
"""

from __future__ import annotations

import importlib
import shlex
import sys
from pathlib import Path

from session import session

OPTIONS, COMMAND = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
EDITOR, SBX = OPTIONS[:2]
with session(EDITOR, shlex.join(COMMAND), Path(SBX), "--update" in OPTIONS) as it:
    importlib.import_module(EDITOR).run(it)
    it.ends()
    print(f"{len(it.seen)} passed, 0 failed")
