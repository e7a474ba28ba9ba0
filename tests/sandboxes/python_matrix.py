"""What the official Python SDKs can do with a sandbox, against `sbx serve`.

usage: python_matrix.py e2b|novita_sandbox URL TEMPLATE [--large] [PART OF A NAME…]

`URL` is the server's, `TEMPLATE` a template with Python that is built there and has a start command
that listens on port 8000. `--large` writes and reads 200 MB, and prints 100 MB.
"""

import asyncio
import hashlib
import importlib
import json
import os
import socket
import sys
import time
import traceback
import urllib.request

NAME, URL, TEMPLATE = sys.argv[1:4]
LARGE = "--large" in sys.argv
WANTED = [word for word in sys.argv[4:] if not word.startswith("--")]
PREFIX = {"e2b": "E2B", "novita_sandbox": "NOVITA"}[NAME]
os.environ[f"{PREFIX}_API_KEY"] = "e2b_" + "0" * 40 if NAME == "e2b" else "sk_local"
os.environ[f"{PREFIX}_API_URL"] = URL
os.environ[f"{PREFIX}_SANDBOX_URL"] = URL
os.environ[f"{PREFIX}_DOMAIN"] = "localhost"

# Novita's SDK has the classes of E2B's in a package of its own.
sdk = importlib.import_module("e2b" if NAME == "e2b" else "novita_sandbox.core")
Sandbox, AsyncSandbox = sdk.Sandbox, sdk.AsyncSandbox
CASES = []


def case(function):
    CASES.append(function)
    return function


def create(**options):
    return Sandbox.create(TEMPLATE, timeout=120, **options)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def host_of(sandbox, port):
    """The host name of a port, which glibc does not resolve, and the address behind it."""
    host = sandbox.get_host(port)
    assert host.startswith(f"{port}-{sandbox.sandbox_id}.localhost"), host
    return host


def get(sandbox, port, path="/"):
    address = URL.removeprefix("http://")
    request = urllib.request.Request(f"http://{address}{path}")
    request.add_header("Host", host_of(sandbox, port))
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


@case
def run_has_output_and_exit_code(sandbox):
    result = sandbox.commands.run("echo out; echo err >&2")
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 0), result
    error = raises(sdk.CommandExitException, lambda: sandbox.commands.run("echo no; exit 3"))
    assert (error.exit_code, error.stdout) == (3, "no\n"), error


@case
def run_streams_its_output(sandbox):
    seen = []
    sandbox.commands.run(
        "for i in 1 2 3; do echo $i; sleep 0.3; done",
        on_stdout=lambda data: seen.append((data, time.time())),
    )
    assert "".join(data for data, _ in seen) == "1\n2\n3\n", seen
    assert seen[-1][1] - seen[0][1] > 0.4, seen


@case
def run_has_variables_directory_and_user(sandbox):
    result = sandbox.commands.run(
        'echo "$A|$B|$HOME|$USER|$(pwd)"', envs={"A": "x y", "B": "$(id)'\"\n"}, cwd="/tmp"
    )
    assert result.stdout == "x y|$(id)'\"\n|/home/user|user|/tmp\n", result
    result = sandbox.commands.run("id -un; pwd; id -G | wc -w", user="root")
    assert result.stdout.startswith("root\n/"), result
    assert sandbox.commands.run("pwd", cwd="~").stdout == "/home/user\n"
    raises(sdk.InvalidArgumentException, lambda: sandbox.commands.run("true", cwd="/not/there"))
    raises(sdk.AuthenticationException, lambda: sandbox.commands.run("true", user="nobody-here"))


@case
def variables_of_the_sandbox_reach_its_commands(sandbox):
    with_variables = create(envs={"GIVEN": "by create"})
    try:
        result = with_variables.commands.run("echo $GIVEN $E2B_SANDBOX_ID")
        assert result.stdout == f"by create {with_variables.sandbox_id}\n", result
        assert with_variables.commands.run("echo $GIVEN", envs={"GIVEN": "x"}).stdout == "x\n"
    finally:
        with_variables.kill()


@case
def a_command_in_the_background_goes_on(sandbox):
    handle = sandbox.commands.run("sleep 0.5; echo done; exit 7", background=True)
    listed = [process.pid for process in sandbox.commands.list()]
    assert handle.pid in listed, (handle.pid, listed)
    error = raises(sdk.CommandExitException, handle.wait)
    assert (error.exit_code, error.stdout) == (7, "done\n"), error
    assert handle.pid not in [process.pid for process in sandbox.commands.list()]


@case
def a_command_can_be_followed_again(sandbox):
    handle = sandbox.commands.run("for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done", background=True)
    handle.disconnect()
    time.sleep(0.3)
    result = sandbox.commands.connect(handle.pid).wait()
    assert result.exit_code == 0 and "6\n" in result.stdout, result


@case
def input_reaches_a_command(sandbox):
    handle = sandbox.commands.run("read line; echo got $line; cat | wc -c", background=True, stdin=True)
    sandbox.commands.send_stdin(handle.pid, "hello\n")
    sandbox.commands.send_stdin(handle.pid, "x" * 300_000)
    if hasattr(sandbox.commands, "close_stdin"):
        sandbox.commands.close_stdin(handle.pid)
        result = handle.wait()
        assert result.stdout == "got hello\n300000\n", result
    else:
        assert sandbox.commands.kill(handle.pid)


@case
def kill_ends_a_command(sandbox):
    handle = sandbox.commands.run("sleep 60", background=True)
    assert handle.kill()
    error = raises(sdk.CommandExitException, handle.wait)
    assert error.exit_code == -1 and "killed" in str(error.error), (error.exit_code, error.error)
    assert not sandbox.commands.kill(999_999)


@case
def a_command_ends_at_its_timeout(sandbox):
    begun = time.time()
    raises(sdk.TimeoutException, lambda: sandbox.commands.run("sleep 30; echo late", timeout=1))
    assert time.time() - begun < 5
    time.sleep(0.3)
    assert not sandbox.commands.run("pgrep -f 'echo lat[e]' || true").stdout


@case
def large_output_is_complete(sandbox):
    size = 100_000_000 if LARGE else 5_000_000
    begun = time.time()
    result = sandbox.commands.run(f"head -c {size} /dev/zero | tr '\\0' x; echo end >&2", timeout=300)
    assert len(result.stdout) == size and result.stderr == "end\n", len(result.stdout)
    print(f"    {size / 1e6:.0f} MB in {time.time() - begun:.1f} s")


@case
def hostile_output_is_data(sandbox):
    result = sandbox.commands.run(r"printf '\036\000\001{\"event\":{}}\377\r\n\033[2J'; exit 0")
    assert "event" in result.stdout and "\x1b[2J" in result.stdout, result


@case
def a_terminal_takes_input_and_size(sandbox):
    seen = []
    size = sdk.PtySize(rows=24, cols=80)
    handle = sandbox.pty.create(size)
    sandbox.pty.send_stdin(handle.pid, b"stty size; echo $TERM $((6*7))\n")
    sandbox.pty.resize(handle.pid, sdk.PtySize(rows=30, cols=101))
    sandbox.pty.send_stdin(handle.pid, b"sleep 0.2; stty size\nexit 5\n")
    error = raises(sdk.CommandExitException, lambda: handle.wait(on_pty=seen.append))
    text = b"".join(seen).decode()
    assert error.exit_code == 5 and "xterm" in text and "42" in text and "30 101" in text, text


@case
def ctrl_c_reaches_the_terminal(sandbox):
    seen = []
    handle = sandbox.pty.create(sdk.PtySize(rows=24, cols=80))
    sandbox.pty.send_stdin(handle.pid, b"sleep 60\n")
    time.sleep(0.5)
    sandbox.pty.send_stdin(handle.pid, b"\x03")
    sandbox.pty.send_stdin(handle.pid, b"echo code=$?; exit 0\n")
    handle.wait(on_pty=seen.append)
    assert b"code=130" in b"".join(seen), seen


@case
def files_are_written_and_read(sandbox):
    files = sandbox.files
    info = files.write("notes/a.txt", "text é\n")
    assert (info.name, info.path) == ("a.txt", "/home/user/notes/a.txt"), info
    assert files.read("/home/user/notes/a.txt") == "text é\n"
    data = bytes(range(256)) * 1000
    files.write("~/b.bin", data)
    assert bytes(files.read("b.bin", format="bytes")) == data
    assert b"".join(files.read("b.bin", format="stream")) == data
    assert sandbox.commands.run("stat -c '%U %a' notes notes/a.txt b.bin").stdout == (
        "user 755\nuser 644\nuser 644\n"
    )
    files.write("/root/secret", "x", user="root")
    assert sandbox.commands.run("stat -c %U /root/secret", user="root").stdout == "root\n"
    raises(sdk.NotFoundException, lambda: files.read("/not/there"))
    raises(sdk.InvalidArgumentException, lambda: files.read("/home/user"))
    assert files.read("/proc/self/status").startswith("Name:")


@case
def several_files_are_written_at_once(sandbox):
    entries = [{"path": f"/tmp/many/{i}/f", "data": f"{i}"} for i in range(5)]
    infos = sandbox.files.write_files(entries)
    assert [info.path for info in infos] == [entry["path"] for entry in entries], infos
    assert sandbox.commands.run("cat /tmp/many/*/f").stdout == "01234"


@case
def names_are_data(sandbox):
    names = ["a b", "$(touch x)", "quote'\"", "-rf", "back\\slash", "ünïcode", "new\nline", "*"]
    for name in names:
        sandbox.files.write(f"odd/{name}", name)
    listed = {entry.name for entry in sandbox.files.list("odd")}
    assert listed == set(names), listed
    for name in names:
        assert sandbox.files.read(f"odd/{name}") == name
        sandbox.files.rename(f"odd/{name}", f"odd2/{name}")
        assert sandbox.files.exists(f"odd2/{name}") and not sandbox.files.exists(f"odd/{name}")
        sandbox.files.remove(f"odd2/{name}")
    assert sandbox.files.list("odd2") == []
    assert sandbox.files.read("/tmp/../etc/hostname") == sandbox.files.read("/etc/hostname")
    assert sandbox.files.read("../../../../etc/hostname") == sandbox.files.read("/etc/hostname")


@case
def directories_are_made_listed_and_removed(sandbox):
    files = sandbox.files
    assert files.make_dir("tree/sub") is True
    assert files.make_dir("tree/sub") is False
    files.write("tree/sub/file", "12345")
    sandbox.commands.run("ln -s sub/file tree/link; chmod 640 tree/sub/file")
    assert [entry.name for entry in files.list("tree")] == ["link", "sub"]
    deep = {entry.path: entry for entry in files.list("tree", depth=2)}
    entry = deep["/home/user/tree/sub/file"]
    assert (entry.size, entry.permissions, entry.owner, entry.group) == (
        5, "-rw-r-----", "user", "user",
    ), entry
    assert deep["/home/user/tree/link"].symlink_target == "/home/user/tree/sub/file"
    info = files.get_info("tree/sub/file")
    assert (info.name, info.mode, info.type) == ("file", 0o640, sdk.FileType.FILE), info
    assert abs(info.modified_time.timestamp() - time.time()) < 60, info.modified_time
    moved = files.rename("tree/sub", "other/place")
    assert moved.path == "/home/user/other/place", moved
    assert files.exists("other/place/file") and not files.exists("tree/sub")
    files.remove("other")
    files.remove("other")
    assert not files.exists("other")
    raises(sdk.NotFoundException, lambda: files.list("/not/there"))
    raises(sdk.NotFoundException, lambda: files.rename("/not/there", "/tmp/x"))


@case
def a_directory_is_watched(sandbox):
    sandbox.files.make_dir("seen")
    watch = sandbox.files.watch_dir("seen", recursive=True)
    sandbox.files.write("seen/one", "1")
    sandbox.commands.run("mkdir seen/d; echo 1 >seen/d/x; mv seen/one seen/two; rm seen/two")
    time.sleep(0.3)
    events = [(event.name, event.type.name) for event in watch.get_new_events()]
    for wanted in [("one", "CREATE"), ("one", "WRITE"), ("d", "CREATE"), ("d/x", "CREATE"),
                   ("one", "RENAME"), ("two", "CREATE"), ("two", "REMOVE")]:
        assert wanted in events, (wanted, events)
    watch.stop()
    raises(sdk.NotFoundException, lambda: sandbox.files.watch_dir("/not/there"))


@case
def a_large_file_goes_both_ways(sandbox):
    size = 200_000_000 if LARGE else 8_000_000
    block = os.urandom(1 << 20)
    data = (block * (size // len(block) + 1))[:size]
    begun = time.time()
    sandbox.files.write("large", data, request_timeout=300)
    wrote = time.time() - begun
    digest = hashlib.sha256(data).hexdigest()
    assert sandbox.commands.run("sha256sum large").stdout.startswith(digest)
    begun = time.time()
    read = hashlib.sha256()
    for part in sandbox.files.read("large", format="stream", request_timeout=300):
        read.update(part)
    assert read.hexdigest() == digest
    print(f"    {size / 1e6:.0f} MB: written in {wrote:.1f} s, read in {time.time() - begun:.1f} s")


@case
def signed_addresses_lead_to_files(sandbox):
    sandbox.files.write("signed.txt", "by address")
    with urllib.request.urlopen(sandbox.download_url("signed.txt"), timeout=10) as answer:
        assert answer.read() == b"by address"
    request = urllib.request.Request(
        sandbox.upload_url("signed.txt"), b"uploaded", {"Content-Type": "application/octet-stream"}
    )
    urllib.request.urlopen(request, timeout=10).close()
    assert sandbox.files.read("signed.txt") == "uploaded"
    try:
        urllib.request.urlopen(sandbox.download_url("signed.txt").replace("signed.txt", "b.bin"))
        raise AssertionError("a wrong signature was accepted")
    except urllib.error.HTTPError as error:
        assert error.code == 401, error.code


@case
def ports_are_reached(sandbox):
    assert b"from the start command" in get(sandbox, 8000)
    handle = sandbox.commands.run("python3 -m http.server 8765 --bind 127.0.0.1", background=True)
    sandbox.files.write("served", "by port")
    for _ in range(50):
        try:
            assert get(sandbox, 8765, "/served") == b"by port"
            break
        except urllib.error.HTTPError as error:
            assert error.code == 502 and b"port is not open" in error.read()
            time.sleep(0.1)
    else:
        raise AssertionError("the port did not open")
    handle.kill()


@case
def websockets_are_passed_on(sandbox):
    server = (
        "import socket,base64,hashlib\n"
        "s=socket.socket();s.setsockopt(1,2,1);s.bind(('127.0.0.1',8766));s.listen()\n"
        "c,_=s.accept();h=c.recv(9999).decode()\n"
        "k=[l.split(': ')[1] for l in h.split('\\r\\n') if l.lower().startswith('sec-websocket-key')][0]\n"
        "a=base64.b64encode(hashlib.sha1((k+'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()\n"
        "c.sendall(('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
        "Sec-WebSocket-Accept: '+a+'\\r\\n\\r\\n').encode())\n"
        "c.sendall(c.recv(999))\n"
    )
    sandbox.files.write("/tmp/ws.py", server)
    sandbox.commands.run("python3 /tmp/ws.py", background=True)
    time.sleep(0.7)
    host, port = URL.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            f"GET / HTTP/1.1\r\nHost: {host_of(sandbox, 8766)}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        assert b"101" in head and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head, head
        connection.sendall(b"\x81\x85\0\0\0\0hello")
        assert connection.recv(100) == b"\x81\x85\0\0\0\0hello"


@case
def sandboxes_are_listed_in_pages(sandbox):
    mark = f"m&={time.time()}"
    made = [create(metadata={"mark": mark, "n": str(i)}) for i in range(3)]
    try:
        query = sdk.SandboxQuery(metadata={"mark": mark})
        pages = Sandbox.list(query=query, limit=2)
        seen = []
        while pages.has_next:
            page = pages.next_items()
            assert len(page) <= 2
            seen += page
        assert {info.sandbox_id for info in seen} == {one.sandbox_id for one in made}, seen
        assert seen[0].metadata["mark"] == mark
    finally:
        for one in made:
            assert one.kill()
    assert not Sandbox.list(query=sdk.SandboxQuery(metadata={"mark": mark})).next_items()


@case
def a_sandbox_is_described(sandbox):
    info = sandbox.get_info()
    assert info.sandbox_id == sandbox.sandbox_id and info.state.value == "running", info
    assert info.cpu_count > 0 and info.memory_mb > 0, info
    left = info.end_at.timestamp() - time.time()
    assert 0 < left <= 900, left
    sandbox.set_timeout(300)
    left = sandbox.get_info().end_at.timestamp() - time.time()
    assert 290 < left <= 300, left
    again = Sandbox.connect(sandbox.sandbox_id)
    assert again.commands.run("echo connected").stdout == "connected\n"
    assert sandbox.is_running()


@case
def sandboxes_end(sandbox):
    short = Sandbox.create(TEMPLATE, timeout=3)
    assert short.is_running()
    time.sleep(4.5)
    assert not short.is_running()
    raises(sdk.NotFoundException, lambda: Sandbox.connect(short.sandbox_id))
    raises(sdk.TimeoutException, lambda: short.commands.run("true"))
    assert not short.kill()
    raises(Exception, lambda: Sandbox.create("no-such-template"))


@case
def a_lost_sandbox_breaks_no_connection(sandbox):
    lost = create()
    lost.kill()
    for _ in range(5):
        # The answer comes before the content was read; the SDK puts the connection into its pool.
        raises(sdk.SandboxException, lambda: lost.files.write("a", "x" * 200_000))
        assert sandbox.commands.run("echo here").stdout == "here\n"


@case
def a_sandbox_is_paused_at_its_timeout(sandbox):
    # What the SDKs call this differs, the request is the same.
    def call(method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "X-API-KEY": os.environ[f"{PREFIX}_API_KEY"]}
        request = urllib.request.Request(URL + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    order = {"templateID": TEMPLATE, "timeout": 2, "autoPause": True, "autoResume": {"enabled": True}}
    one = call("POST", "/v2/sandboxes", order)["sandboxID"]
    try:
        for _ in range(100):
            if call("GET", f"/sandboxes/{one}")["state"] == "paused":
                break
            time.sleep(0.1)
        assert call("GET", f"/sandboxes/{one}")["state"] == "paused"
        # A call resumes it.
        request = urllib.request.Request(URL + "/", headers={"Host": f"8000-{one}.localhost"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert b"from the start command" in answer.read()
        assert call("GET", f"/sandboxes/{one}")["state"] == "running"
    finally:
        call("DELETE", f"/sandboxes/{one}")


@case
def a_sandbox_is_paused_and_resumed(sandbox):
    one = create()
    try:
        one.commands.run("echo kept >/tmp/kept; exec -a sleeper sleep 300", background=True)
        pause = getattr(one, "pause", None) or one.beta_pause
        pause()
        raises(Exception, lambda: one.commands.run("true"))
        state = sdk.SandboxState.PAUSED if hasattr(sdk, "SandboxState") else None
        if state:
            listed = Sandbox.list(query=sdk.SandboxQuery(state=[state])).next_items()
            assert one.sandbox_id in [info.sandbox_id for info in listed]
        again = Sandbox.connect(one.sandbox_id)
        assert again.commands.run("cat /tmp/kept; pgrep -fc sleepe[r]").stdout == "kept\n1\n"
    finally:
        one.kill()


@case
def what_is_not_served_says_so(sandbox):
    error = raises(Exception, lambda: create(network={"deny_out": ["8.8.8.8"]}))
    assert "does not serve" in str(error), error
    isolated = create(allow_internet_access=False)
    try:
        interfaces = isolated.commands.run("ls /sys/class/net").stdout.split()
        assert interfaces == ["lo"], interfaces
    finally:
        isolated.kill()


@case
def the_asynchronous_client_works(sandbox):
    async def use():
        one = await AsyncSandbox.create(TEMPLATE, timeout=60)
        try:
            result = await one.commands.run("echo async")
            assert result.stdout == "async\n"
            results = await asyncio.gather(*(one.commands.run(f"echo {i}") for i in range(8)))
            assert [int(result.stdout) for result in results] == list(range(8))
            events = []
            await one.files.make_dir("w")
            watch = await one.files.watch_dir("w", on_event=events.append)
            await one.files.write("w/a", "1")
            await asyncio.sleep(0.5)
            await watch.stop()
            assert [event.name for event in events][:1] == ["a"], events
            handle = await one.commands.run("cat", background=True, stdin=True)
            await one.commands.send_stdin(handle.pid, "x\n")
            assert await handle.kill()
        finally:
            assert await one.kill()

    asyncio.run(use())


def main():
    failed = []
    # Novita's client takes minutes for 100 MB of output.
    sandbox = Sandbox.create(TEMPLATE, timeout=900, metadata={"purpose": "matrix"})
    try:
        for function in CASES:
            name = function.__name__
            if WANTED and not any(word in name for word in WANTED):
                continue
            begun = time.time()
            try:
                function(sandbox)
                print(f"ok {NAME} {name} ({time.time() - begun:.1f} s)", flush=True)
            except Exception:
                failed.append(name)
                print(f"FAILED {NAME} {name}", flush=True)
                traceback.print_exc()
    finally:
        sandbox.kill()
    print(f"{NAME}: {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed else 0


sys.exit(main())
