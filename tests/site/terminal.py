"""Types into a command that needs a terminal, for pages that show a session.

    terminal.py --install LINE...    lets `sbx shell` of this page's commands take these lines as typed
    terminal.py TYPED COMMAND...     runs the command in a terminal, and types the lines of the file

A line is typed when the terminal shows a prompt. What the terminal shows is printed, with `sandbox` in place of
the random name of a host.
"""

import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import sys

PROMPT = re.compile(rb"[$#] $")
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07|\r")
HOST = re.compile(rb"@[0-9a-f]{12}:")
WITHIN = 60


def install(lines):
    """A program in front of `sbx`, in the first directory of a page's `PATH`."""
    home = pathlib.Path.home()
    typed, program = home / ".typed", home / ".local/bin/sbx"
    typed.write_text("\n".join(lines))
    program.unlink(missing_ok=True)
    sbx = shlex.quote(shutil.which("sbx"))
    here = shlex.join([sys.executable, str(pathlib.Path(__file__).resolve()), str(typed)])
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\n[ "$1" = shell ] && exec {here} {sbx} "$@"\nexec {sbx} "$@"\n')
    program.chmod(0o755)


def main():
    if sys.argv[1] == "--install":
        return install(sys.argv[2:])
    lines = pathlib.Path(sys.argv[1]).read_text().split("\n")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    shown = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], WITHIN)
        if not ready:
            break
        try:
            read = os.read(terminal, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
        if lines and PROMPT.search(CONTROL.sub(b"", shown)):
            os.write(terminal, lines.pop(0).encode() + b"\n")
    sys.stdout.buffer.write(HOST.sub(b"@sandbox:", CONTROL.sub(b"", shown)))
    sys.stdout.flush()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
