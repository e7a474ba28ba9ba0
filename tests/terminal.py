"""A window of tmux in which a command runs, for the checks of what a person sees and types."""

import os
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping

PATIENCE = 60


class Terminal:
    """A window of tmux in which a command runs; its exit code comes after it."""

    def __init__(
        self,
        command: str,
        directory: str,
        environment: Mapping[str, str] = os.environ,
        size: tuple[int, int] = (90, 30),
    ) -> None:
        # A server that was killed may still have its socket when the next one starts.
        self.socket = f"sbx-test-{uuid.uuid4().hex}"
        self.environment = dict(environment)
        columns, lines = map(str, size)
        line = f"{command}; echo code=$?; exec sleep 1000"
        self.tmux("new-session", "-d", "-x", columns, "-y", lines, "-c", directory, line)

    def tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *words]
        ended = subprocess.run(
            command, check=True, capture_output=True, text=True, env=self.environment
        )
        return ended.stdout

    def screen(self, *options: str) -> str:
        return self.tmux("capture-pane", "-p", *options)

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def waits(self, what: str, holds: Callable[[str], object], *options: str) -> str:
        """The first screen of which something holds."""
        end = time.monotonic() + PATIENCE
        while not holds(screen := self.screen(*options)):
            assert time.monotonic() < end, f"{what} is not on the screen:\n{screen}"
            time.sleep(0.1)
        return screen

    def shows(self, pattern: str, *options: str) -> None:
        """Waits for a regular expression."""
        found = re.compile(pattern, re.MULTILINE)
        self.waits(repr(pattern), found.search, *options)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.tmux("kill-server")
