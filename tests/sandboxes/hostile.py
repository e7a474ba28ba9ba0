"""What a hostile client sends and a hostile sandbox does stays in the sandbox's container.

usage: hostile.py URL TEMPLATE PID

`PID` is the process of the server at `URL`, whose memory is looked at; `TEMPLATE` is built there.
"""

import base64
import concurrent.futures
import json
import os
import re
import struct
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

URL, TEMPLATE, PID = sys.argv[1:4]
SECRET = "only on the host"

# Each in the path of a file, or instead of it.
ODD = [
    "", ".", "..", "/", "//", "/..", "~", "~root", "~nobody-here/x", "a\0b", "/tmp/\0", "n" * 300,
    "/tmp/" + "d/" * 3000, "/dev/null/x", "a\nb", "a\r\nX-Evil: 1", "\x1b[2J\x1b]0;x\a",
    "$(touch /tmp/ran)", "`touch /tmp/ran`", "; touch /tmp/ran", "-rf", "*", "%2e%2e/%2e%2e", "..\\..",
    "file:///etc/passwd", "\u202egnp.exe", "\ufeff", "loop", "loop/x",
]
USERS = ["nobody-here", "root\nroot", "../../etc/passwd", "$(id)", "0", "-1", "\0", "u" * 5000]


class Sandbox:
    """A sandbox, called without an SDK, so that everything can be sent."""

    def __init__(self):
        made = self.request("POST", "/v2/sandboxes", {"templateID": TEMPLATE, "timeout": 300}, {})
        assert made[0] == 201, made
        made = json.loads(made[1])
        self.id, self.token = made["sandboxID"], made["envdAccessToken"]

    def request(self, method, path, body=None, headers=None):
        """The status, the body and the headers of an answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if headers is None:
            headers = {"E2b-Sandbox-Id": self.id, "X-Access-Token": self.token}
        if not isinstance(body, bytes):
            headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(URL + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def file(self, path, content=None, user=None):
        query = {"path": path} | ({} if user is None else {"username": user})
        address = "/files?" + urllib.parse.urlencode(query)
        if content is None:
            return self.request("GET", address)
        headers = {"E2b-Sandbox-Id": self.id, "X-Access-Token": self.token}
        return self.request("POST", address, content, headers | {"Content-Type": "application/octet-stream"})

    def call(self, name, message):
        return self.request("POST", f"/filesystem.Filesystem/{name}", message)

    def run(self, command, user="user"):
        """The end of a command, and its output."""
        message = {"process": {"cmd": "/bin/bash", "args": ["-c", command]}, "stdin": False}
        message = json.dumps(message).encode()
        authorization = base64.b64encode(f"{user}:".encode()).decode()
        status, body, _ = self.request(
            "POST", "/process.Process/Start", b"\0" + struct.pack(">I", len(message)) + message,
            {"E2b-Sandbox-Id": self.id, "X-Access-Token": self.token,
             "Content-Type": "application/connect+json", "Authorization": f"Basic {authorization}"},
        )
        assert status == 200, (status, body)
        end, output = None, b""
        while body:
            length = struct.unpack(">I", body[1:5])[0]
            event = json.loads(body[5 : 5 + length]).get("event", {})
            body = body[5 + length :]
            output += base64.b64decode(event.get("data", {}).get("stdout", ""))
            end = event.get("end", end)
        return end, output

    def kill(self):
        return self.request("DELETE", f"/sandboxes/{self.id}", headers={})[0]


def host_paths(canary):
    """Ways to a file of the host, by a path that is absolute, relative, or through links."""
    yield canary
    for begin in ("..", "/tmp/..", "/proc/self/cwd/..", "/proc/1/root/..", "/proc/1/cwd/.."):
        yield begin + "/.." * 20 + canary
    yield "/proc/1/root" + canary
    yield "link" + canary
    yield "direct"


def files_stay_inside(sandbox, canary):
    directory = os.path.dirname(canary)
    sandbox.run(f"ln -s / link; ln -s {canary} direct; ln -s loop loop")
    before = os.stat(canary)
    for path in host_paths(canary):
        status, body, _ = sandbox.file(path)
        assert status in (400, 404) and SECRET.encode() not in body, (path, status, body)
        status, body, _ = sandbox.call("Stat", {"path": path})
        assert SECRET.encode() not in body, (path, status, body)
        status, body, _ = sandbox.call("ListDir", {"path": os.path.dirname(path), "depth": 3})
        assert SECRET.encode() not in body and b"canary" not in body, (path, status, body)
        sandbox.file(path, b"written by the sandbox", "root")
        sandbox.call("Move", {"source": path, "destination": path + ".moved"})
        sandbox.call("MakeDir", {"path": path + ".made"})
        sandbox.call("Remove", {"path": path})
        if os.path.dirname(path):
            sandbox.call("Remove", {"path": os.path.dirname(path)})
    assert open(canary).read() == SECRET and os.listdir(directory) == ["canary"], os.listdir(directory)
    assert os.stat(canary).st_mtime_ns == before.st_mtime_ns
    # What was written is in the container, where the path leads.
    sandbox.file(canary, b"inside", "root")
    assert sandbox.run(f"cat {canary}")[1] == b"inside"


def odd_paths_are_data(sandbox, _canary):
    for path in ODD:
        for name, message in (
            ("Stat", {"path": path}), ("ListDir", {"path": path, "depth": 2}),
            ("Move", {"source": path, "destination": path}), ("CreateWatcher", {"path": path + "/w"}),
        ):
            status, body, _ = sandbox.call(name, message)
            assert status < 600 and isinstance(json.loads(body), dict), (name, path, status, body)
        if path not in ("", ".", "..", "/", "//", "/..", "~", "~root"):
            sandbox.file(path, path.encode())
            status, body, headers = sandbox.file(path)
            assert status in (200, 400, 404, 500), (path, status, body)
            assert status != 200 or body == path.encode(), (path, body)
            assert "X-Evil" not in headers and "\x1b" not in str(headers), (path, headers)
    for path in ("a\0b", "/tmp/\0"):
        assert sandbox.file(path, b"x")[0] >= 400 and sandbox.file(path)[0] >= 400, path
        assert sandbox.call("MakeDir", {"path": path})[0] >= 400, path
    # A name that is longer than a file system takes.
    assert sandbox.file("n" * 300, b"x")[0] >= 400
    assert sandbox.run("ls /tmp/ran a")[0]["exitCode"] == 2


def users_are_data(sandbox, _canary):
    for user in USERS:
        status, body, _ = sandbox.file("/etc/hostname", user=user)
        assert status == 401, (user, status, body)
        status, body, _ = sandbox.file("/tmp/by-user", b"x", user=user)
        assert status == 401, (user, status, body)
    other = Sandbox()
    try:
        for token in ("", other.token, sandbox.token[:-1], sandbox.token + " x"):
            headers = {"E2b-Sandbox-Id": sandbox.id, "X-Access-Token": token}
            status, body, _ = sandbox.request("GET", "/files?path=/etc/hostname", headers=headers)
            assert status == 401, (token, status, body)
    finally:
        other.kill()


def ends_are_data(sandbox, _canary):
    for code in (0, 1, 126, 127, 128, 130, 137, 255, 256, 300):
        end, _ = sandbox.run(f"exit {code}")
        assert end.get("exitCode", 0) == code % 256 and end["exited"], (code, end)
    for number, name in ((9, "killed"), (15, "terminated"), (11, "segmentation fault")):
        end, _ = sandbox.run(f"kill -{number} $$")
        assert end.get("exitCode") == -1 and name in end["status"], (number, end)
    # Bytes that look like what the agent or the protocol sends.
    told = bytes(range(256)) + struct.pack(">IcI", 1, b"E", 6) + b"exit 0" + b'\2\0\0\0\2{}{"event":{"end":{}}}'
    sandbox.file("/tmp/told", told)
    end, output = sandbox.run("cat /tmp/told; exit 7")
    assert output == told and end["exitCode"] == 7, (end, output)


def the_agent_cannot_be_ended(sandbox, _canary):
    for signal in ("KILL", "TERM", "INT", "HUP", "STOP", "PIPE"):
        sandbox.run(f"kill -{signal} 1", user="root")
    assert sandbox.run("echo alive")[1] == b"alive\n"


def memory():
    """The memory of the server in MiB."""
    status = open(f"/proc/{PID}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024


def forged_frames_harm_no_other(sandbox, _canary):
    """Root in the container writes into the agent's output."""
    before = memory()
    for frames in (
        r"printf '\0\0\0\1o\377\377\377\377'; head -c 300000000 /dev/zero",
        r"for i in 1 2 3 4 5; do printf '\0\0\0\1A\0\0\0\02418446744073709551615'; done",
        r"perl -e 'print pack(\"NaN\", $_ % 50, \"o\", 65536) . \"x\" x 65536 for 1..8000'",
        r"perl -e 'print pack(\"NaN\", $_ % 50, \"E\", 8), \"signal 9\" for 1..100000'",
        "head -c 50000000 /dev/urandom",
    ):
        hostile = Sandbox()
        try:
            hostile.run(f"timeout 5 bash -c \"{frames}\" >/proc/1/fd/1", user="root")
        except (AssertionError, OSError, KeyError, ValueError):
            pass  # It may have ended, and be no longer understood.
        used = memory() - before
        assert used < 200, f"{used} MiB for {frames}"
        hostile.kill()
    assert sandbox.run("echo alive")[1] == b"alive\n"


def an_end_interrupts_an_upload(_sandbox, _canary):
    ending = Sandbox()
    ending.run("mkfifo -m 666 /tmp/pipe")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        # Nothing reads the pipe, so the upload waits in the middle.
        upload = pool.submit(ending.file, "/tmp/pipe", b"x" * 5_000_000)
        concurrent.futures.wait([upload], 1)
        assert not upload.done() and ending.kill() == 204
        status, body, _ = upload.result(20)
        assert status == 502 and b"was not found" in body, (status, body)


def main():
    failed = 0
    sandbox = Sandbox()
    with tempfile.TemporaryDirectory(prefix="sbx-hostile.") as directory:
        canary = os.path.join(directory, "canary")
        with open(canary, "w") as file:
            file.write(SECRET)
        for case in (files_stay_inside, odd_paths_are_data, users_are_data, ends_are_data,
                     the_agent_cannot_be_ended, forged_frames_harm_no_other,
                     an_end_interrupts_an_upload):
            begun = time.time()
            try:
                case(sandbox, canary)
                print(f"ok hostile {case.__name__} ({time.time() - begun:.1f} s)", flush=True)
            except (AssertionError, TimeoutError) as error:
                failed += 1
                print(f"FAILED hostile {case.__name__}: {error}", flush=True)
    assert sandbox.kill() == 204
    return 1 if failed else 0


sys.exit(main())
