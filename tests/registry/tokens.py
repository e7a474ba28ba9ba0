#!/usr/bin/env python3
"""A token server for `docker-registry`, as Docker Hub's treats people.

usage: tokens.py DIRECTORY PORT

Makes a key and a certificate in DIRECTORY, which the registry trusts, and then serves tokens on
127.0.0.1:PORT. Everybody gets a token; it opens `public/…` for everybody, and all else for who
sends robot's password, which is the value of the variable PASSWORD. A wrong password is refused.
"""

import base64
import http.server
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse

DIRECTORY = pathlib.Path(sys.argv[1])
KEY = DIRECTORY / "key.pem"
CERTIFICATE = DIRECTORY / "certificate.pem"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(account, scopes, service):
    """A signed token for what the account may do of what it asks for."""
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":", 2)
        allowed = ["pull", "push"] if account else ["pull"] if name.startswith("public/") else []
        access.append(
            {"type": kind, "name": name, "actions": [a for a in actions.split(",") if a in allowed]}
        )
    lines = CERTIFICATE.read_text().splitlines()
    header = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(lines[1:-1])]}
    now = int(time.time())
    claims = {
        "iss": "test", "sub": account, "aud": service, "exp": now + 300, "nbf": now - 10,
        "iat": now, "jti": str(time.time_ns()), "access": access,
    }
    body = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", str(KEY)],
        input=body.encode(), capture_output=True, check=True,
    ).stdout
    return f"{body}.{encoded(signature)}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        account = ""
        status, answer = 200, None
        sent = self.headers.get("Authorization", "")
        if sent:
            password = os.environ["PASSWORD"]
            right = base64.b64encode(f"robot:{password}".encode()).decode()
            account = "robot"
            if sent != f"Basic {right}":
                status = 401
                answer = {"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]}
        if answer is None:
            service = query.get("service", [""])[0]
            answer = {"token": token(account, query.get("scope", []), service)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test",
         "-days", "2", "-keyout", str(KEY), "-out", str(CERTIFICATE)],
        capture_output=True, check=True,
    )
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()


if __name__ == "__main__":
    main()
