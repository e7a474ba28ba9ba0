"""What may go wrong around `sbx serve`: who holds the directory, full and read-only disks, who may
call, and how it ends.

    python tests/clients/faults.py

Each case ends with a clear message and the exit code that belongs to it, and leaves no half store.
A disk that is full needs a small file system, for which the script makes itself one: as root, or
as root of a name space of its own. Where neither is granted, it says that this was not tried.
"""

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from kill import archive
from server import Client, Refused, Server

KEY = {"SBX_FAULTS_KEY": "k3y-of-the-test"}
NOBODY = 65534


def refuses_to_start(code, *texts, data, options=(), **more):
    with Server(data, *options, **more) as server:
        assert server.address is None, "it has started"
        assert server.code == code, f"exit code {server.code}: {server.said}"
        for text in texts:
            assert text in server.said, f"{text!r} is missing in: {server.said}"
        assert "panicked" not in server.said, server.said


def build(client, name, steps=(), until="ready"):
    """Registers, starts and follows; the IDs and the last status."""
    answer = client.call("POST", "/v3/templates", {"name": name})
    ids = answer["templateID"], answer["buildID"]
    path = f"/templates/{ids[0]}/builds/{ids[1]}"
    body = {"fromImage": "debian:12", "steps": list(steps), "force": False}
    client.call("POST", "/v2" + path, body)
    for _ in range(500):
        status = client.call("GET", path + "/status")
        if status["status"] not in ("waiting", "building"):
            return ids, status
        time.sleep(0.01)
    raise AssertionError(f"{name} does not end: {status}")


def whole(data):
    """The files of a directory that may be there when it could not be used: none is half."""
    files = [path for path in Path(data).rglob("*") if path.is_file()]
    for path in files:
        assert path.name in ("lock", "VERSION"), path
        assert path.name == "lock" or path.read_text() == "1\n", path


def second_process(root):
    data = root / "data"
    with Server(data) as first:
        refuses_to_start(3, "is in use by another process", "--data", data=data)
        build(Client(first.address), "t")
    # A kill frees it at once.
    with Server(data) as third:
        assert third.address, third.said
        assert Client(third.address).call("GET", "/templates/aliases/t")


def not_a_directory(root):
    (root / "file").write_text("mine")
    refuses_to_start(3, "cannot use the data directory", data=root / "file")
    refuses_to_start(3, "cannot use the data directory", data=root / "file" / "below")
    assert (root / "file").read_text() == "mine"


def other_machines_need_a_key(root):
    data = root / "data"
    for address in ("0.0.0.0:0", "[::]:0"):
        refuses_to_start(
            2, "can be reached from other machines", "--api-key-env", data=data, listen=address
        )
        for empty in ({}, {"SBX_FAULTS_KEY": ""}):
            refuses_to_start(
                2, "`SBX_FAULTS_KEY` is not set", data=data, environment=empty, listen=address,
                options=["--api-key-env", "SBX_FAULTS_KEY"],
            )  # fmt: skip
    assert not data.exists(), "nothing is made before it is clear who may call"
    options = ["--api-key-env", "SBX_FAULTS_KEY"]
    with Server(data, *options, listen="0.0.0.0:0", environment=KEY) as server:
        address = "127.0.0.1:" + server.address.rsplit(":", 1)[1]
        for key in (None, "", "k3y", KEY["SBX_FAULTS_KEY"] + "x"):
            try:
                Client(address, key).call("GET", "/v2/templates")
            except Refused as refused:
                assert refused.status == 401, refused
            else:
                raise AssertionError(f"{key!r} is let in")
        client = Client(address, KEY["SBX_FAULTS_KEY"])
        (template, _), _ = build(client, "t")
        digest, packed = archive(b"content")
        link = client.call("GET", f"/templates/{template}/files/{digest}")
        Client(address).put(link["url"], packed)
        assert KEY["SBX_FAULTS_KEY"] not in server.said
    for path in data.rglob("*"):
        if path.is_file():
            assert KEY["SBX_FAULTS_KEY"].encode() not in path.read_bytes(), path


def loopback_needs_none(root):
    for address in ("127.0.0.1:0", "127.0.0.2:0"):
        with Server(root / "data", listen=address) as server:
            assert Client(server.address).call("GET", "/v2/templates") == []


def the_end_in_order(root):
    data = root / "data"
    with Server(data) as server:
        idle = Client(server.address)
        build(idle, "t")
        assert server.stop() == 0, server.said
    # Whoever stalls in a request is waited for, until the second signal.
    with Server(data) as server:
        host, port = server.address.split(":")
        with socket.create_connection((host, int(port))) as stalled:
            head = b"POST /v3/templates HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
            stalled.sendall(head)
            time.sleep(0.2)
            server.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"it did not wait: {server.process.wait(timeout=1)}")
            assert server.stop() == 0, server.said
    with Server(data) as server:
        assert Client(server.address).call("GET", "/templates/aliases/t")


def a_file_may_not_grow(root):
    """A write fails in the middle, as with a quota."""
    limit = 200_000
    set_limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    # The signal that goes with the limit is ignored, and stays so.
    with Server(root / "data", preexec_fn=set_limit, restore_signals=False) as server:
        client = Client(server.address)
        (template, _), _ = build(client, "t")
        digest, packed = archive(os.urandom(2 * limit))
        link = client.call("GET", f"/templates/{template}/files/{digest}")
        fails(lambda: client.put(link["url"], packed))
        again = Client(server.address)
        assert not again.call("GET", f"/templates/{template}/files/{digest}")["present"]
        empty(root / "data" / "tmp")
        # The log grows over the limit.
        steps = [{"type": "RUN", "args": ["x" * 4000], "force": False}] * 100
        ids, status = build(again, "long", steps)
        assert status["status"] == "error", status
        assert "the local platform failed: " in status["reason"]["message"], status["reason"]
        log = again.log(*ids)["logEntries"]
        assert len(log) > 20, log
        # The line that did not fit is not there in part, where others would run into it.
        text = (root / "data" / "logs" / f"{ids[1]}.jsonl").read_text()
        assert text.endswith("\n"), text[-100:]
        assert [json.loads(line)["message"] for line in text.splitlines()] == [
            entry["message"] for entry in log
        ]
        assert server.process.poll() is None, server.said
    with Server(root / "data") as server:
        status = Client(server.address).log(*ids)
        assert status["status"] == "error", status
        assert status["logEntries"][: len(log)] == log, "what was shown is still there"


def fails(call):
    """Expects the server's own fault, told in the protocol's form, or a connection that it has
    closed on an upload that it cannot take."""
    try:
        call()
    except Refused as refused:
        assert refused.status == 500, refused
        assert "the local platform failed: " in str(refused), refused
    except OSError:
        pass
    else:
        raise AssertionError("it has not failed")


def empty(directory):
    for _ in range(100):
        if not list(directory.iterdir()):
            return
        time.sleep(0.02)
    raise AssertionError(f"files are left: {list(directory.iterdir())}")


def read_only_directory(root):
    """Of another user: root may write everywhere."""
    if os.geteuid() == 0:
        os.chmod(root, 0o755)
        # Where the program lies, only root may go.
        own = shutil.copy(os.path.abspath(os.environ.get("SBX", "target/debug/sbx")), root / "sbx")
        other = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "executable": own}
    else:
        other = {}
    data = root / "data"
    data.mkdir(mode=0o555)
    if other:
        os.chown(data, NOBODY, NOBODY)
    os.chmod(data, 0o555)
    refuses_to_start(3, "cannot use the data directory", "ermission denied", data=data, **other)
    refuses_to_start(3, "cannot use the data directory", data=data / "below", **other)
    assert not list(data.iterdir())
    # One that was written before.
    os.chmod(data, 0o755)
    with Server(data, **other) as server:
        assert server.address, server.said
        build(Client(server.address), "t")
        server.stop()
    before = snapshot(data)
    for path in [data, *data.rglob("*")]:
        os.chmod(path, 0o555 if path.is_dir() else 0o444)
    refuses_to_start(3, "cannot use the data directory", data=data, **other)
    assert snapshot(data) == before
    for path in [data, *data.rglob("*")]:
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
    with Server(data, **other) as server:
        assert Client(server.address).call("GET", "/templates/aliases/t")


def snapshot(data):
    return {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


class Disk:
    """A file system of one MiB."""

    def __init__(self, root):
        self.path = root / "disk"
        self.path.mkdir()
        options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.path)]
        subprocess.run(["mount", *options], check=True, capture_output=True)

    def fill(self, leave=0):
        filler = self.path / "filler"
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        size = filler.stat().st_size
        os.truncate(filler, max(0, size - leave))

    def free(self):
        (self.path / "filler").unlink(missing_ok=True)

    def read_only(self, yes):
        subprocess.run(
            ["mount", "-o", f"remount,bind,{'ro' if yes else 'rw'}", str(self.path)], check=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


def full_disk_at_the_start(root):
    with Disk(root) as disk:
        disk.fill()
        refuses_to_start(3, "cannot use the data directory", data=disk.path / "data")
        whole(disk.path / "data")
        disk.free()
        with Server(disk.path / "data") as server:
            assert server.address, server.said
            build(Client(server.address), "t")


def full_disk_under_way(root):
    with Disk(root) as disk:
        data = disk.path / "data"
        with Server(data) as server:
            client = Client(server.address)
            kept, _ = build(client, "kept")
            log = client.log(*kept)
            waiting = client.call("POST", "/v3/templates", {"name": "waiting"})
            (doomed, _), _ = build(client, "doomed")
            digest, packed = archive(os.urandom(300_000))
            client.put(client.call("GET", f"/templates/{doomed}/files/{digest}")["url"], packed)
            large, content = archive(os.urandom(2_000_000))
            link = client.call("GET", f"/templates/{kept[0]}/files/{large}")
            fails(lambda: client.put(link["url"], content))
            empty(data / "tmp")

            client = Client(server.address)
            disk.fill()
            fails(lambda: client.call("POST", "/v3/templates", {"name": "new"}))
            fails(lambda: client.call("POST", "/v3/templates", {"name": "kept"}))
            tags = {"target": "kept", "tags": ["v1"]}
            fails(lambda: client.call("POST", "/templates/tags", tags))
            path = f"/templates/{waiting['templateID']}/builds/{waiting['buildID']}"
            fails(lambda: client.call("POST", "/v2" + path, {"fromImage": "debian:12"}))
            # It still tells what it knows, and knows of nothing that it refused.
            assert client.log(*kept) == log
            assert [t["tag"] for t in client.call("GET", "/templates/kept/tags")] == ["default"]
            assert client.call("GET", path + "/status")["status"] == "waiting"
            assert len(client.call("GET", "/v2/templates")) == 3
            # Deleting needs no room and makes some.
            client.call("DELETE", "/templates/doomed")
            build(client, "after")

            # A build that runs into the end of the disk ends too.
            lines = [f"{n} " + "x" * 4000 for n in range(200)]
            steps = [{"type": "RUN", "args": [line], "force": False} for line in lines]
            started = []
            for n in range(3):
                try:
                    started.append(build(client, f"long-{n}", steps))
                except Refused as refused:
                    assert refused.status == 500, refused
                disk.fill()
            assert started and started[-1][1]["status"] == "error", started
            (ids, status) = started[-1]
            assert "the local platform failed: " in status["reason"]["message"], status["reason"]
            log = client.log(*ids)["logEntries"]
            assert server.process.poll() is None and "panicked" not in server.said, server.said
            server.kill()

        # Full or not when it is started again, nothing is lost.
        with Server(data) as server:
            if not server.address:
                assert server.code == 3 and "cannot use the data directory" in server.said, server.said
        disk.free()
        with Server(data) as server:
            client = Client(server.address)
            status = client.log(*ids)
            assert status["status"] == "error", status
            assert status["logEntries"][: len(log)] == log
            assert client.call("GET", "/templates/aliases/kept")
            assert client.call("GET", "/templates/aliases/after")
            build(client, "new")


def read_only_disk(root):
    with Disk(root) as disk:
        data = disk.path / "data"
        disk.read_only(True)
        refuses_to_start(3, "cannot use the data directory", "Read-only file system", data=data)
        disk.read_only(False)
        with Server(data) as server:
            build(Client(server.address), "t")
            server.stop()
        before = snapshot(data)
        disk.read_only(True)
        refuses_to_start(3, "cannot use the data directory", "Read-only file system", data=data)
        assert snapshot(data) == before
        disk.read_only(False)


CASES = [
    second_process,
    not_a_directory,
    other_machines_need_a_key,
    loopback_needs_none,
    the_end_in_order,
    a_file_may_not_grow,
    read_only_directory,
]
ON_A_DISK = [full_disk_at_the_start, full_disk_under_way, read_only_disk]


def run(cases):
    """How many passed and failed."""
    failed = 0
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="sbx-faults-") as root:
            try:
                case(Path(root))
                print(f"faults: {case.__name__}: ok")
            except Exception:
                traceback.print_exc()
                failed += 1
                print(f"faults: {case.__name__}: FAILED")
    return len(cases) - failed, failed


def can_mount():
    with tempfile.TemporaryDirectory(prefix="sbx-faults-") as root:
        try:
            with Disk(Path(root)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def main():
    if sys.argv[1:] == ["--on-a-disk"]:
        passed, failed = run(ON_A_DISK) if can_mount() else (0, 0)
        print(passed, failed)
        return 0
    passed, failed = run(CASES)
    if can_mount():
        more = run(ON_A_DISK)
    else:
        inner = ["unshare", "--map-root-user", "--mount", sys.executable, __file__, "--on-a-disk"]
        ran = None
        if shutil.which("unshare"):
            ran = subprocess.run(inner, stdout=subprocess.PIPE, text=True)
        *lines, last = (ran.stdout.splitlines() if ran and ran.returncode == 0 else []) or ["0 0"]
        print(*lines, sep="\n", end="\n" if lines else "")
        more = tuple(map(int, last.split()))
    passed, failed = passed + more[0], failed + more[1]
    left_out = len(CASES) + len(ON_A_DISK) - passed - failed
    print(f"faults: {passed} passed, {failed} failed, {left_out} not tried: no disk to be had here"
          if left_out else f"faults: {passed} passed, {failed} failed")  # fmt: skip
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
