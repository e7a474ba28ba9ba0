"""Many sandboxes, and a server that is killed: nothing is left behind.

usage: many.py SBX DATA TEMPLATE [COUNT]

`DATA` is a data directory with the template, which no server uses. `SBX_ENGINE` names the engine,
`docker` unless it is set. Of 200 sandboxes, 20 are made at a time.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

SBX, DATA, TEMPLATE = sys.argv[1:4]
COUNT = int(sys.argv[4]) if len(sys.argv) > 4 else 200
AT_ONCE = COUNT // 10
ENGINE = os.environ.get("SBX_ENGINE", "docker")


def start():
    """Starts a server; the process and its URL."""
    command = [SBX, "serve", "--listen", "127.0.0.1:0", "--data", DATA]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        found = re.search(r"listens on (http://\S+)", line)
        if found:
            return server, found.group(1)
    raise SystemExit("the server did not start")


def call(url, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read() or b"null")


def create(url):
    return call(url, "POST", "/v2/sandboxes", {"templateID": TEMPLATE, "timeout": 600})["sandboxID"]


def left():
    """The containers and volumes of the data directory, and the clients that talk with them."""
    store = open(f"{DATA}/engine-id").read().strip()
    found = []
    for command in (
        [ENGINE, "ps", "--all", "--format", "{{.Names}}", "--filter", f"name=sbx-{store}-"],
        [ENGINE, "volume", "ls", "--format", "{{.Name}}", "--filter", f"name=sbx-{store}-"],
        ["pgrep", "-f", f"{ENGINE} run .*--name=sbx-{store}-"],
    ):
        found += subprocess.run(command, capture_output=True, text=True).stdout.split()
    return found


def wait_until_gone(within):
    begun = time.time()
    while left():
        if time.time() - begun > within:
            raise SystemExit(f"left behind: {left()}")
        time.sleep(0.2)
    return time.time() - begun


def made_and_killed(url):
    identifier = create(url)
    call(url, "DELETE", f"/sandboxes/{identifier}")


def main():
    server, url = start()
    begun = time.time()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(made_and_killed, url) for _ in range(COUNT // 2)]:
            done.result()
        print(f"{COUNT // 2} sandboxes made and killed in {time.time() - begun:.1f} s", flush=True)
        assert not left(), left()

        # The other half meets the end of the server.
        running = [pool.submit(create, url) for _ in range(AT_ONCE)]
        for one in running:
            one.result()
        more = [pool.submit(create, url) for _ in range(AT_ONCE)]
        time.sleep(0.5)
        server.send_signal(signal.SIGKILL)
        server.wait()
        for one in more:
            try:
                one.result()
            except (urllib.error.URLError, OSError):
                pass
    took = wait_until_gone(60)
    print(f"{2 * AT_ONCE} sandboxes are gone {took:.1f} s after their server was killed", flush=True)

    server, url = start()
    made = [create(url) for _ in range(3)]
    assert len(call(url, "GET", "/v2/sandboxes")) == 3, made
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(made_and_killed, url) for _ in range(COUNT // 2 - 2 * AT_ONCE)]:
            done.result()
    begun = time.time()
    server.send_signal(signal.SIGTERM)
    code = server.wait(60)
    assert code == 0, code
    assert not left(), left()
    print(f"the server ended with its sandboxes in {time.time() - begun:.1f} s")


main()
