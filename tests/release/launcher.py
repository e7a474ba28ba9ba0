"""The launcher of the npm package: exit codes, signals and streams are those of the program.

    launcher.py LAUNCHER
"""

import os
import signal
import subprocess
import sys
import time

LAUNCHER = sys.argv[1]


def started() -> subprocess.Popen:
    """`sbx serve` behind the launcher, when it listens."""
    command = [LAUNCHER, "serve", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    line = process.stdout.readline()
    assert b"127.0.0.1" in line or b"localhost" in line, line
    return process


def ended(pid: int) -> bool:
    """Whether the program that the launcher started is gone."""
    for _ in range(50):
        if not os.path.exists(f"/proc/{pid}"):
            return True
        time.sleep(0.1)
    return False


def child_of(pid: int) -> int:
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return int(children.read().split()[0])


def main() -> None:
    usage = subprocess.run([LAUNCHER, "no-such-command"], capture_output=True)
    assert usage.returncode == 2, usage
    piped = subprocess.run([LAUNCHER, "check", "-"], input=b'name = "a"\n', capture_output=True)
    assert piped.returncode == 1 and b"`from`" in piped.stderr + piped.stdout, piped

    for sent in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:
        process = started()
        child = child_of(process.pid)
        process.send_signal(sent)
        output, _ = process.communicate(timeout=20)
        # `sbx` ends by itself after such a signal, or by the signal if it does not handle it yet.
        assert process.returncode in (0, 130, -sent), (sent, process.returncode, output)
        assert ended(child), sent

    # A program that a signal has ended looks so from outside.
    process = started()
    os.kill(child_of(process.pid), signal.SIGKILL)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL, process.returncode


if __name__ == "__main__":
    main()
