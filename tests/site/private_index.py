"""A private index of packages on loopback, for the pages: `private_index.py PORT`.

`/simple/` is a package index for pip, with the user `robot` and a password; `/npm/` is a registry for npm, with a
token. Each has one package. Both secrets are `Q7rk-2xw9-Vtb4`, which opens nothing else.
"""

import base64
import hashlib
import http.server
import io
import json
import sys
import tarfile
import zipfile

SECRET = "Q7rk-2xw9-Vtb4"
PORT = int(sys.argv[1])
WHEEL = "acme_billing-1.4.0-py3-none-any.whl"
BASIC = "Basic " + base64.b64encode(f"robot:{SECRET}".encode()).decode()


def wheel():
    info = "acme_billing-1.4.0.dist-info"
    files = {
        "acme_billing.py": "def total(prices):\n    return sum(prices)\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme-billing\nVersion: 1.4.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: pages\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            # With a fixed time, so that the content and its hash are always the same.
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


def tarball():
    files = {
        "package/package.json": json.dumps({"name": "@acme/billing", "version": "1.4.0", "main": "index.js"}),
        "package/index.js": "exports.total = (prices) => prices.reduce((sum, price) => sum + price, 0)\n",
    }
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


WHEEL_CONTENT, TARBALL = wheel(), tarball()
HASH = hashlib.sha256(WHEEL_CONTENT).hexdigest()
PACKUMENT = {
    "name": "@acme/billing",
    "dist-tags": {"latest": "1.4.0"},
    "versions": {
        "1.4.0": {
            "name": "@acme/billing",
            "version": "1.4.0",
            "dist": {
                "tarball": f"http://localhost:{PORT}/npm/@acme/billing/-/billing-1.4.0.tgz",
                "shasum": hashlib.sha1(TARBALL).hexdigest(),
                "integrity": "sha512-" + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode(),
            },
        }
    },
}
ANSWERS = {
    "/simple/acme-billing/": ("text/html", f'<a href="/files/{WHEEL}#sha256={HASH}">{WHEEL}</a>\n'.encode()),
    f"/files/{WHEEL}": ("application/octet-stream", WHEEL_CONTENT),
    "/npm/@acme/billing": ("application/json", json.dumps(PACKUMENT).encode()),
    "/npm/@acme/billing/-/billing-1.4.0.tgz": ("application/octet-stream", TARBALL),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.replace("%2f", "/").replace("%2F", "/")
        allowed = f"Bearer {SECRET}" if path.startswith("/npm/") else BASIC
        kind, content = ANSWERS.get(path, ("text/plain", b"not found\n"))
        status = 200 if path in ANSWERS else 404
        if self.headers.get("Authorization") != allowed:
            status, kind, content = 401, "text/plain", b"sign in\n"
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="packages"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
