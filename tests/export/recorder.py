"""A server of the E2B protocol that records what it is sent, and has built everything."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEMPLATE = "abcdefghij0123456789"
BUILD = "00000000-0000-4000-8000-000000000000"


class Recorder:
    """The server, and the bodies of the requests that register and start a build."""

    def __init__(self) -> None:
        self.registered: Any = None
        self.started: Any = None
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def answer(self, status: int, body: Any) -> None:
                data = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def body(self) -> bytes:
                if "Content-Length" in self.headers:
                    return self.rfile.read(int(self.headers["Content-Length"]))
                chunks = []
                while size := int(self.rfile.readline(), 16):
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(chunks)

            def do_POST(self) -> None:
                body = json.loads(self.body())
                if self.path.rstrip("/") == "/v3/templates":
                    recorder.registered = body
                    named = {"names": [body["name"]], "aliases": [], "tags": body.get("tags", [])}
                    ids = {"templateID": TEMPLATE, "buildID": BUILD, "public": False}
                    self.answer(202, ids | named)
                else:
                    recorder.started = body
                    self.answer(202, None)

            def do_GET(self) -> None:
                if "/files/" in self.path:
                    self.answer(201, {"present": True})
                    return
                status = {"templateID": TEMPLATE, "buildID": BUILD, "status": "ready"}
                self.answer(200, status | {"logEntries": [], "logs": []})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def forget(self) -> None:
        self.registered = self.started = None
