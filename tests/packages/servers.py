"""Indexes on loopback: what they hold, and how they are started."""

import hashlib
import http.server
import io
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
import zipfile

DEADLINE = 60

# Name, version, tags, Requires-Python, withdrawn.
WHEELS = [
    ("plain", "1.0", "py3-none-any", None, False),
    ("plain", "1.9", "py3-none-any", None, False),
    ("plain", "1.10", "py3-none-any", None, False),
    ("plain", "2.0rc1", "py3-none-any", None, False),
    ("plain", "2.0.dev3", "py3-none-any", None, False),
    ("only-previews", "0.1a1", "py3-none-any", None, False),
    ("only-previews", "0.1b2", "py3-none-any", None, False),
    ("epochs", "2025.1", "py3-none-any", None, False),
    ("epochs", "1!0.5", "py3-none-any", None, False),
    ("posts", "1.0", "py3-none-any", None, False),
    ("posts", "1.0.post2", "py3-none-any", None, False),
    ("local-label", "1.0", "py3-none-any", None, False),
    ("local-label", "1.0+cpu", "py3-none-any", None, False),
    ("Mixed.Case_Name", "3.1", "py3-none-any", None, False),
    ("other-machines", "1.0", "py3-none-any", None, False),
    ("other-machines", "2.0", "cp311-cp311-win_amd64", None, False),
    ("other-machines", "3.0", "cp39-cp39-manylinux_2_17_x86_64", None, False),
    ("other-machines", "4.0", "cp311-cp311t-manylinux_2_17_x86_64", None, False),
    ("stable-abi", "1.0", "py3-none-any", None, False),
    ("stable-abi", "2.0", "cp38-abi3-manylinux_2_17_x86_64", None, False),
    ("stable-abi", "3.0", "cp399-abi3-manylinux_2_17_x86_64", None, False),
    # Only where the index says so itself:
    ("withdrawn", "1.0", "py3-none-any", None, False),
    ("withdrawn", "1.1", "py3-none-any", None, True),
    ("newer-python", "1.0", "py3-none-any", ">=3.8", False),
    ("newer-python", "2.0", "py3-none-any", ">=3.99", False),
    ("newer-python", "3.0", "py3-none-any", ">=2.7,<3", False),
    ("odd-python", "1.0", "py3-none-any", ">=3.8,!=3.9.*", False),
]

# Name, version, tag; the last with a tag has it.
NODE = [
    ("plain", "1.0.0", "latest"),
    ("plain", "2.0.0-rc.1", "next"),
    ("plain", "1.1.0", "latest"),
    ("plain", "0.9.1", "legacy"),
    ("@team/private", "3.0.0", "latest"),
    ("@team/private", "3.1.0", "latest"),
]
TOKEN_USER = ("robot", "pa55word-of-the-test")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process=None):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            if process is not None and process.poll() is not None:
                raise SystemExit(f"the server of {url} has ended") from None
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def wheel(directory, name, version, tags, requires):
    """Writes a wheel without any module, and returns its path."""
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if requires:
        metadata += f"Requires-Python: {requires}\n"
    parts = {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tags}\n",
    }
    record = "".join(f"{path},,\n" for path in parts) + f"{info}/RECORD,,\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in {**parts, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    path = pathlib.Path(directory) / f"{stem}-{version}-{tags}.whl"
    path.write_bytes(packed.getvalue())
    return path


def normalized(name):
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


class Simple(http.server.BaseHTTPRequestHandler):
    """The JSON form of an index (PEP 691), which says what pypiserver does not: withdrawn files and
    Python versions."""

    directory = None
    files = None

    def do_GET(self):
        parts = [urllib.parse.unquote(part) for part in self.path.split("/") if part]
        if len(parts) == 2 and parts[0] == "simple" and parts[1] in self.files:
            page = {"meta": {"api-version": "1.1"}, "name": parts[1], "files": self.files[parts[1]]}
            self.send(200, "application/vnd.pypi.simple.v1+json", json.dumps(page).encode())
        elif len(parts) == 2 and parts[0] == "files" and (self.directory / parts[1]).is_file():
            self.send(200, "application/octet-stream", (self.directory / parts[1]).read_bytes())
        else:
            self.send(404, "text/plain", b"no")

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Servers:
    def __init__(self, work, venv, modules):
        self.work = pathlib.Path(work)
        self.venv, self.modules = venv, modules
        self.processes = []

    def python(self):
        """Starts both Python indexes, and returns their URLs."""
        wheels = self.work / "wheels"
        wheels.mkdir()
        listed = {}
        for name, version, tags, requires, yanked in WHEELS:
            path = wheel(wheels, name, version, tags, requires)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            url = f"/files/{urllib.parse.quote(path.name)}"
            entry = {"filename": path.name, "url": url, "hashes": {"sha256": digest}, "yanked": yanked}
            if requires:
                entry["requires-python"] = requires
            listed.setdefault(normalized(name), []).append(entry)
        port = free_port()
        command = [f"{self.venv}/bin/pypi-server", "run", "-p", str(port), "-i", "127.0.0.1", str(wheels)]
        html = f"http://127.0.0.1:{port}/simple/"
        wait_for(html, self.start(command, "pypiserver"))
        handler = type("Handler", (Simple,), {"directory": wheels, "files": listed})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return html, f"http://127.0.0.1:{server.server_port}/simple/"

    def node(self):
        """Starts a registry with packages, and returns its URL and a token for the scope."""
        port = free_port()
        url = f"http://127.0.0.1:{port}/"
        config = self.work / "verdaccio.yaml"
        config.write_text(
            f"storage: {self.work}/registry\n"
            f"auth: {{htpasswd: {{file: {self.work}/htpasswd}}}}\n"
            "packages:\n"
            "  '@team/*': {access: $authenticated, publish: $authenticated}\n"
            "  '**': {access: $all, publish: $authenticated}\n"
            "log: {type: stdout, format: pretty, level: warn}\n"
        )
        verdaccio = f"{self.modules}/verdaccio/bin/verdaccio"
        command = ["node", verdaccio, "--config", str(config), "--listen", f"127.0.0.1:{port}"]
        wait_for(f"{url}-/ping", self.start(command, "verdaccio"))
        user, password = TOKEN_USER
        body = json.dumps({"name": user, "password": password}).encode()
        request = urllib.request.Request(
            f"{url}-/user/org.couchdb.user:{user}", body, {"Content-Type": "application/json"}, method="PUT"
        )
        token = json.load(urllib.request.urlopen(request, timeout=DEADLINE))["token"]
        for name, version, tag in NODE:
            self.publish(url, token, name, version, tag)
        return url, token

    def publish(self, url, token, name, version, tag):
        package = self.work / "package"
        package.mkdir(exist_ok=True)
        (package / "package.json").write_text(json.dumps({"name": name, "version": version}))
        place = url.removeprefix("http:")
        npmrc = self.work / "publisher.npmrc"
        npmrc.write_text(f"registry={url}\n{place}:_authToken={token}\n")
        self.npm("publish", str(package), "--tag", tag, "--userconfig", str(npmrc))

    def npm(self, *arguments, environment=None):
        """What npm prints. It knows nothing of this machine."""
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.work), **(environment or {})}
        command = ["node", f"{self.modules}/npm/bin/npm-cli.js", *arguments]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=DEADLINE)
        if done.returncode:
            raise SystemExit(f"npm {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self, command, name):
        log = open(self.work / f"{name}.log", "wb")
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.work)
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
