"""`sbx run` and `sbx shell` on the container engine, with the local platform that they start
themselves: what a command gets and gives, and a shell in a real terminal (tmux).

usage: commands.py SBX DATA TEMPLATE
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from terminal import PATIENCE, Terminal

SBX, DATA, TEMPLATE = sys.argv[1:]
SBX = str(Path(SBX).resolve())
ENVIRONMENT = {**os.environ, "SBX_DATA": DATA, "SBX_PLATFORM": "local"}
FAILING = """name = "commands-failing"
from = { template = "matrix" }

[[steps]]
env = { COLOR = "teal" }

[[steps]]
run = "echo kept >~/kept"

[[steps]]
run = "false"
"""


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess:
    command = [SBX, "run", TEMPLATE, *words]
    return subprocess.run(command, input=given, capture_output=True, env=ENVIRONMENT)


def containers() -> list[str]:
    """The containers of this data directory's sandboxes."""
    engine = (Path(DATA) / "engine-id").read_text().strip()
    command = ["docker", "ps", "--all", "--format", "{{.Names}}"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in names if name.startswith(f"sbx-{engine}")]


def wait_for(what: str, check) -> None:
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def exit_codes() -> None:
    for line, code in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -TERM $$", 143)]:
        ended = run("--", line)
        assert ended.returncode == code, (line, ended)
        assert (ended.stdout, ended.stderr) == (b"", b""), ended
    ended = run("--user", "no-such-user", "--", "true")
    assert ended.returncode == 125 and b"no-such-user" in ended.stderr, ended


def streams() -> None:
    ended = run("--", r"printf 'out \377'; printf 'err \0' >&2")
    assert (ended.stdout, ended.stderr) == (b"out \xff", b"err \0"), ended
    given = os.urandom(3_000_000)
    ended = run("--", "sha256sum", given=given)
    assert ended.stdout.split()[0].decode() == hashlib.sha256(given).hexdigest(), ended
    assert run("--", "cat", given=given).stdout == given
    # It ends although not all of its input is read.
    assert run("--", "head -c 5", given=given).stdout == given[:5]


def command() -> None:
    options = ["--env", "A=b c", "--workdir", "/usr", "--user", "root"]
    ended = run(*options, "--", "sh", "-c", 'echo "$A"; pwd; id -un')
    assert ended.stdout == b"b c\n/usr\nroot\n", ended


def signals() -> None:
    """Neither a signal nor the end of `sbx` itself leaves a container."""
    for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]:
        words = [SBX, "run", TEMPLATE, "--", "echo ready; exec sleep 1000"]
        null = subprocess.DEVNULL
        child = subprocess.Popen(
            words, stdin=null, stdout=subprocess.PIPE, stderr=null, env=ENVIRONMENT
        )
        assert child.stdout.readline() == b"ready\n"
        assert containers(), "the sandbox has a container"
        child.send_signal(number)
        assert child.wait(PATIENCE) == code, (number, child.returncode)
        wait_for(f"no container is left after {number!r}", lambda: not containers())


def shell() -> None:
    with Terminal(f"{SBX} shell {TEMPLATE}", "/", ENVIRONMENT) as terminal:
        terminal.shows(r"[$#]\s*$")
        terminal.type("echo a$((1+1))b; stty size", "Enter")
        terminal.shows("^a2b$")
        terminal.shows("^30 90$")
        terminal.tmux("resize-window", "-x", "71", "-y", "25")
        terminal.type("stty size", "Enter")
        terminal.shows("^25 71$")
        terminal.type("sleep 1000", "Enter")
        terminal.shows("sleep 1000")
        terminal.type("C-c")
        terminal.type("echo code-of-sleep=$?", "Enter")
        terminal.shows("^code-of-sleep=130$")
        terminal.type("printf '\\033[31mred\\033[0m\\n'", "Enter")
        terminal.shows("^\x1b\\[31mred", "-e")
        # Another command does not wait for the person at the terminal.
        ended = run("--", "true")
        assert ended.returncode == 125, ended
        assert re.search(rb"in use by `sbx shell` \(process \d+\)", ended.stderr), ended
        terminal.type("exit 7", "Enter")
        terminal.shows("^code=7$")
        terminal.type("C-d")
    wait_for("no container is left after the shell", lambda: not containers())


def state_before_a_step() -> None:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "sandbox.toml").write_text(FAILING)
        environment = {**ENVIRONMENT, "SBX_STATE": f"{directory}/state"}
        built = subprocess.run(
            [SBX, "apply"], cwd=directory, capture_output=True, text=True, env=environment
        )
        assert built.returncode == 1, built
        advice = re.search(r"`sbx (shell .*--at (\d+))` opens a shell", built.stderr)
        assert advice, built.stderr
        # The state is found by the manifest, so the advice works as it is printed.
        os.environ["SBX_STATE"] = ENVIRONMENT["SBX_STATE"] = environment["SBX_STATE"]
        with Terminal(f"{SBX} {advice[1]}", directory, ENVIRONMENT) as terminal:
            terminal.shows(r"[$#]\s*$")
            terminal.type("cat ~/kept; echo is=$COLOR", "Enter")
            terminal.shows("^kept$")
            terminal.shows("^is=teal$")
            terminal.type("exit 0", "Enter")
            terminal.shows("^code=0$")
        with Terminal(f"{SBX} shell --at 1", directory, ENVIRONMENT) as terminal:
            terminal.shows(r"[$#]\s*$")
            terminal.type("ls ~/kept; exit", "Enter")
            terminal.shows("^code=2$")
        with Terminal(f"{SBX} shell --at 99", directory, ENVIRONMENT) as terminal:
            terminal.shows("the build has 4 steps")
            terminal.shows("^code=125$")
        delete = [SBX, "delete", "commands-failing", "--yes"]
        subprocess.run(delete, cwd=directory, check=True, capture_output=True, env=environment)


for part in [exit_codes, streams, command, signals, shell, state_before_a_step]:
    part()
    print(f"commands: {part.__name__.replace('_', ' ')}", flush=True)
