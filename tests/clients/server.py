"""`sbx serve` as the scripts in this directory run it, and a plain client of it."""

import http.client
import json
import os
import re
import subprocess
import threading

SBX = os.path.abspath(os.environ.get("SBX", "target/debug/sbx"))


class Server:
    """A running `sbx serve`. Its messages are in `said`; `address` is `None` if it has not begun
    to listen, and then its exit code is in `code`."""

    def __init__(self, data, *options, listen="127.0.0.1:0", environment=None, **popen):
        command = [SBX, "serve", "--listen", listen, "--data", str(data), *options]
        environment = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, **popen
        )
        self.said = ""
        self.address = None
        self.code = None
        for line in self.process.stderr:
            self.said += line.decode()
            found = re.search(r"listens on http://(\S+)", self.said)
            if found:
                self.address = found[1]
                break
        if self.address:
            # Nobody else reads the rest, and a full pipe would stop the server.
            threading.Thread(target=self._listen, daemon=True).start()
        else:
            self.code = self.process.wait()

    def _listen(self):
        for line in self.process.stderr:
            self.said += line.decode()

    def kill(self):
        self.process.kill()
        return self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


class Refused(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Client:
    """One connection to a server."""

    def __init__(self, address, key=None, timeout=30):
        self.connection = http.client.HTTPConnection(address, timeout=timeout)
        self.headers = {"User-Agent": "sbx/0.1.0", **({"X-API-KEY": key} if key else {})}

    def call(self, method, path, body=None):
        """The answer's JSON. Whoever gets an `OSError` or an `HTTPException` does not know what
        became of the call."""
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        content = json.loads(content) if content else None
        self.next = answer.getheader("x-next-token")
        if not 200 <= answer.status < 300:
            raise Refused(answer.status, content)
        return content

    def put(self, url, content):
        """Uploads to a link, which must not get the key."""
        path = re.sub(r"^http://[^/]*", "", url)
        self.connection.request("PUT", path, content)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise Refused(answer.status, body)

    def states(self, template):
        """The states of all builds of a template, by their IDs."""
        path = f"/templates/{template}?limit=100&nextToken="
        states, self.next = {}, ""
        while self.next is not None:
            for build in self.call("GET", path + self.next)["builds"]:
                states[build["buildID"]] = build["status"]
        return states

    def log(self, template, build):
        """A build's last status, with the whole log."""
        path = f"/templates/{template}/builds/{build}/status?logsOffset="
        status = self.call("GET", path + "0")
        entries = status["logEntries"]
        while True:
            more = self.call("GET", path + str(len(entries)))["logEntries"]
            if not more:
                status["logEntries"] = entries
                return status
            entries += more
