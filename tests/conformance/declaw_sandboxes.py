"""Compares the calls of `sbx run` and `sbx shell` on declaw with those of the official SDK.

    python tests/conformance/declaw_sandboxes.py target/debug/sbx

needs PyPI `declaw` 1.7.0. Both use sandboxes of one server, which records what they send; methods,
paths, queries, bodies and headers are compared value by value. One header is not compared: the SDK says
that a request without a body is JSON, and sbx says so of bodies alone. The SDK's default for the end of
a sandbox, `?async=true`, only queues it; it is asked to wait for it, as sbx does.
Prints `N passed, M failed`, and exits 0 only if nothing failed.
"""

import base64
import fcntl
import json
import os
import pty
import re
import shlex
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

# This directory has a file with the package's name, and it is where Python looks first.
sys.path[:] = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]

from declaw import Sandbox
from declaw.api.client import reset_shared_clients
from declaw.sandbox.commands.models import PtySize

KEY = "dcl_" + "0" * 40

#: How long anything may take.
PATIENCE = 60

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Platform(ThreadingHTTPServer):
    """A platform on which one sandbox after the other runs one process."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: List[Tuple[Any, ...]] = []
        #: What the process writes next, and what it got; `None` is its end.
        self.events: List[Tuple[str, Dict[str, Any]]] = []
        self.changed = threading.Condition()
        #: How many streams end after their first event.
        self.cuts = 0
        #: How many creations are answered as under way.
        self.in_progress = 0
        self.keys: List[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: Any) -> None:
        """A client that has ended does not wait for its answers."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)

    @property
    def domain(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def emit(self, name: str, data: Dict[str, Any]) -> None:
        with self.changed:
            self.events.append((name, data))
            self.changed.notify_all()

    def begin(self) -> None:
        self.seen, self.events, self.keys = [], [], []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Platform

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: Any, **headers: str) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text)

    def handle_call(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        body = json.loads(text) if text else None
        key = self.headers.get("Idempotency-Key")
        if key is not None:
            assert UUID.fullmatch(key), key
            self.server.keys.append(key)
        self.server.seen.append(
            (
                self.command,
                self.path,
                body,
                self.headers["Authorization"],
                self.headers.get("X-API-Key"),
                self.headers["Content-Type"] if text else None,
                "a key" if key else None,
            )
        )
        path, _, query = self.path.partition("?")
        words = path.strip("/").split("/")
        if self.command == "POST" and words == ["sandboxes"]:
            if self.server.in_progress:
                self.server.in_progress -= 1
                error = {"error": "wait", "code": "idempotency_in_progress"}
                return self.answer(409, error, Retry_After="0")
            return self.answer(201, {"sandbox_id": "sbx-1", "template_id": "tpl-1"})
        match (self.command, words[2:]):
            case ("GET", []):
                return self.answer(200, {"sandboxes": [], "next_token": None})
            case ("DELETE", []):
                return self.answer(200, {"killed": True})
            case ("POST", ["stdio"]):
                return self.answer(200, {"cmd_id": "cmd-1"})
            case ("POST", ["pty"]):
                self.server.emit("data", chunk(b"$ "))
                return self.answer(200, {"pid": 7})
            case ("POST", ["stdio", _, "stdin"]):
                self.server.emit("stdout", chunk(base64.b64decode(body["data"]), 1))
            case ("POST", ["stdio", _, "stdin", "close"]):
                self.server.emit("stderr", chunk(b"err\n", 2))
                self.server.emit("exit", {"exit_code": 3})
            case ("POST", ["pty", _, "stdin"]):
                self.server.emit("data", chunk(body["data"].encode()))
                if body["data"].endswith("\r"):
                    self.server.emit("exit", {"exit_code": 3})
            case ("PATCH", ["pty", _]):
                self.server.emit("data", chunk(b"resized"))
            case ("GET", [_, _, "stream"]):
                return self.stream(query)
        self.answer(200, {})

    do_GET = do_POST = do_PATCH = do_DELETE = handle_call

    def stream(self, query: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        after = int(query.removeprefix("last_entry_id=") or 0)
        sent, is_cut = 0, self.server.cuts > 0
        self.server.cuts -= is_cut
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self.server.changed:
                self.server.changed.wait_for(lambda: len(self.server.events) > sent, 1)
                events = self.server.events[sent:]
            for name, data in events:
                sent += 1
                if data.get("entry_id", after + 1) <= after:
                    continue
                self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
                self.wfile.flush()
                if name == "exit" or is_cut:
                    self.close_connection = True
                    return


def chunk(data: bytes, entry: Optional[int] = None) -> Dict[str, Any]:
    found = {"data": base64.b64encode(data).decode()}
    return found if entry is None else {"entry_id": entry, **found}


def environment(platform: Platform) -> Dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "DECLAW_API_KEY": KEY,
        "DECLAW_DOMAIN": platform.domain,
        "SBX_PLATFORM": "declaw",
        "SBX_RETRY_SCALE": "0.01",
        "TOKEN": "from-here",
    }


def sandbox(platform: Platform, owner: str) -> Sandbox:
    reset_shared_clients()
    return Sandbox.create(
        template="web",
        timeout=120,
        metadata={"sbx": owner},
        api_key=KEY,
        domain=platform.domain,
    )


def owner_of(seen: List[Tuple[Any, ...]]) -> str:
    """The ID that `sbx` gives to its sandboxes, which is random."""
    owner = seen[0][2]["metadata"]["sbx"]
    assert re.fullmatch("[0-9a-f]{32}", owner), owner
    return owner


def same(ours: List[Tuple[Any, ...]], theirs: List[Tuple[Any, ...]]) -> None:
    # The stream is read while input is written: their order is that of two threads.
    def order(call: Tuple[Any, ...]) -> Tuple[bool, ...]:
        return (call[0] == "DELETE", "/stream" in call[1])

    ours, theirs = sorted(ours, key=order), sorted(theirs, key=order)
    for mine, their in zip(ours, theirs):
        assert mine == their, f"sbx: {mine}\nSDK: {their}"
    assert len(ours) == len(theirs), f"sbx: {ours}\nSDK: {theirs}"


def command(sbx: str, platform: Platform, cuts: int) -> None:
    platform.begin()
    platform.cuts = cuts
    ran = subprocess.run(
        [sbx, "run", "web", "--workdir", "/app", "--env", "TOKEN", "--", "cat", "a b"],
        input=b"text \xff",
        capture_output=True,
        env=environment(platform),
        timeout=PATIENCE,
        cwd="/",
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, b"text \xff", b"err\n"), ran
    ours = list(platform.seen)

    platform.begin()
    platform.cuts = cuts
    theirs = sandbox(platform, owner_of(ours))
    line = "/bin/bash -l -c " + shlex.quote(shlex.join(["cat", "a b"]))
    process = theirs.stdio.start(line, envs={"TOKEN": "from-here"}, user="root", cwd="/app")
    process.send_stdin(b"text \xff")
    process.close_stdin()
    output: Dict[str, bytes] = {"stdout": b"", "stderr": b""}
    while process.exit_code is None:
        for name, data in process:
            output[name] += data
    assert (process.exit_code, output) == (3, {"stdout": b"text \xff", "stderr": b"err\n"})
    assert theirs.kill(wait=True)
    same(ours, list(platform.seen))


def shell(sbx: str, platform: Platform) -> None:
    """The same keys and sizes at a terminal; the SDK sends both as they are given."""
    platform.begin()
    master, slave = pty.openpty()
    resize(slave, 24, 90)
    ran = subprocess.Popen(
        [sbx, "shell", "web", "--workdir", "/app"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment(platform),
        cwd="/",
    )
    os.close(slave)
    screen = read_until(master, "$ ")
    os.write(master, "é\x03".encode())
    screen += read_until(master, "é\x03")
    resize(master, 30, 132)
    ran.send_signal(signal.SIGWINCH)
    screen += read_until(master, "resized")
    os.write(master, b"exit 3\r")
    assert ran.wait(PATIENCE) == 3, screen
    os.close(master)
    ours = list(platform.seen)

    platform.begin()
    theirs = sandbox(platform, owner_of(ours))
    variables = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    shown: List[bytes] = []
    terminal = theirs.pty.create(
        size=PtySize(cols=90, rows=24),
        user="root",
        cwd="/app",
        envs=variables,
        on_data=shown.append,
    )
    terminal.send_stdin("é\x03")
    terminal.resize(PtySize(cols=132, rows=30))
    terminal.send_stdin("exit 3\r")
    assert terminal.wait(timeout=PATIENCE) == 3
    assert theirs.kill(wait=True)
    same(ours, list(platform.seen))


def resize(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def read_until(terminal: int, text: str) -> str:
    found = b""
    deadline = time.monotonic() + PATIENCE
    while text.encode() not in found:
        assert time.monotonic() < deadline, found
        found += os.read(terminal, 4096)
    return found.decode()


def repeated(sbx: str, platform: Platform) -> None:
    """A creation that is under way is asked for again under one key, and nothing else is."""
    platform.begin()
    platform.in_progress = 2
    run_briefly(sbx, platform)
    ours, our_keys = list(platform.seen), list(platform.keys)
    platform.begin()
    platform.in_progress = 2
    theirs = sandbox(platform, owner_of(ours))
    assert theirs.kill(wait=True)
    created = [call for call in ours if call[:2] == ("POST", "/sandboxes")]
    same(created, [call for call in platform.seen if call[0] == "POST"])
    assert len(our_keys) == len(platform.keys) == 3
    assert len(set(our_keys)) == len(set(platform.keys)) == 1


def kept(sbx: str, platform: Platform) -> None:
    """The lifetime of a sandbox that is kept, in the SDK's words."""
    platform.begin()
    run_briefly(sbx, platform, "--keep")
    ours = list(platform.seen)
    platform.begin()
    sandbox(platform, owner_of(ours)).set_timeout(3600)
    same(ours[-1:], list(platform.seen)[-1:])


def listed(sbx: str, platform: Platform) -> None:
    """What is asked for after a creation that failed."""
    platform.begin()
    platform.in_progress = 1_000_000
    run_briefly(sbx, platform, exit_code=125)
    platform.in_progress = 0
    ours = list(platform.seen)
    platform.begin()
    Sandbox.list(limit=100, api_key=KEY, domain=platform.domain)
    same(ours[-1:], list(platform.seen))


def run_briefly(sbx: str, platform: Platform, *options: str, exit_code: int = 3) -> None:
    ran = subprocess.run(
        [sbx, "run", "web", *options, "--", "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(platform),
        timeout=PATIENCE,
        cwd="/",
    )
    assert ran.returncode == exit_code, ran


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    sbx = str(Path(sys.argv[1]).resolve())
    checks: List[Tuple[str, Callable[[Platform], None]]] = [
        ("a command", lambda platform: command(sbx, platform, 0)),
        ("a command whose stream ends early", lambda platform: command(sbx, platform, 2)),
        ("a shell", lambda platform: shell(sbx, platform)),
        ("a creation that is under way", lambda platform: repeated(sbx, platform)),
        ("a sandbox that is kept", lambda platform: kept(sbx, platform)),
        ("the list", lambda platform: listed(sbx, platform)),
    ]
    failed = 0
    for name, check in checks:
        platform = Platform()
        try:
            check(platform)
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}\n{error}")
        platform.shutdown()
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
