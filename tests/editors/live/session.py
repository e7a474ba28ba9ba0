"""An editor in a terminal, with a copy of `project` and the configuration of `editors`."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parents[1]))
from terminal import Terminal

SIZE = (100, 32)

# The directory of an editor in `~/.config`.
NAMES = {"neovim": "nvim", "helix": "helix"}


class Session:
    """What a person does, and the screens that are compared with those in `screens`."""

    def __init__(self, editor: str, project: Path, terminal: Terminal, update: bool) -> None:
        self.screens = HERE / "screens" / editor
        self.project = project
        self.terminal = terminal
        self.update = update
        self.seen: set[str] = set()

    def type(self, *keys: str) -> None:
        """Presses keys, in tmux's names."""
        self.terminal.type(*keys)

    def write(self, text: str) -> None:
        """Types a text."""
        self.terminal.tmux("send-keys", "-l", text)

    def escape(self, mode: str) -> None:
        """Leaves a mode, by the text that the editor shows in it. The next key has to wait, or
        the terminal takes both for one key with Alt."""
        self.terminal.waits(mode, lambda screen: mode in screen)
        self.type("Escape")
        self.terminal.waits(f"not {mode}", lambda screen: mode not in screen)

    def shows(self, pattern: str) -> None:
        """Waits for a regular expression."""
        self.terminal.shows(pattern)

    def sees(self, name: str, pattern: str) -> None:
        """Waits for the screen of this name, which has to match a regular expression."""
        path = self.screens / f"{name}.txt"
        self.seen.add(path.name)
        if self.update:
            self.shows(pattern)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.settled())
        expected = path.read_text()
        assert re.search(pattern, expected, re.MULTILINE), f"{path} does not have {pattern!r}"
        try:
            self.terminal.waits(name, lambda screen: cleaned(screen) == expected)
        except AssertionError:
            found = cleaned(self.terminal.screen())
            lines = difflib.unified_diff(
                expected.splitlines(), found.splitlines(), str(path), "screen", lineterm=""
            )
            raise AssertionError("\n".join(lines)) from None
        print(f"{self.screens.name}: {name}", flush=True)

    def settled(self) -> str:
        """The screen, once it has been the same for a second."""
        last, since = "", time.monotonic()
        while time.monotonic() < since + 1:
            if (screen := cleaned(self.terminal.screen())) != last:
                last, since = screen, time.monotonic()
            time.sleep(0.1)
        return last

    def sbx(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs `sbx` in the project."""
        command = ["sbx", *words]
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.terminal.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def ends(self) -> None:
        """What is saved has no problem and is formatted, and no screen was left out."""
        for words in (["check", "--deny", "warnings"], ["fmt", "--check"]):
            ran = self.sbx(*words)
            assert ran.returncode == 0, ran.stderr
        left = {path.name for path in self.screens.glob("*.txt")} - self.seen
        assert not left, f"no step has these screens: {left}"


def cleaned(screen: str) -> str:
    """A screen without white space at the ends of lines."""
    return "\n".join(line.rstrip() for line in screen.rstrip().splitlines()) + "\n"


@contextmanager
def session(editor: str, command: str, sbx: Path, update: bool) -> Iterator[Session]:
    """Starts an editor in a copy of the project. The home has the configuration of `editors`."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        project = place / "project"
        shutil.copytree(HERE / "project", project)
        home = place / "home"
        config = home / ".config"
        shutil.copytree(ROOT / "editors" / editor, config / NAMES[editor])
        shutil.copytree(HERE / editor, config / NAMES[editor], dirs_exist_ok=True)
        programs = place / "bin"
        programs.mkdir()
        (programs / "sbx").symlink_to(sbx.resolve())
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "SBX_NO_IMAGE_CHECK": "1",
        }
        with Terminal(command, str(project), environment, SIZE) as terminal:
            yield Session(editor, project, terminal, update)
