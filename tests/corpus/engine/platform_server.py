"""A server on loopback that speaks enough of the platform's protocol to build what `sbx apply`
sends, and to answer with what happened."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from build import Outcome

Build = Callable[[Mapping[str, Any], Mapping[str, bytes]], Outcome]
"""Builds a start request with archives by `filesHash`."""


class PlatformServer:
    """Serves one template at a time; `outcome` is set once its build has ended."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.archives: dict[str, bytes] = {}
        self.body: Mapping[str, Any] | None = None
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self.ids = (f"t{uuid.uuid4().hex[:19]}", str(uuid.uuid4()))
        owner = self

        class Handler(_Handler):
            server_state = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host}:{port}"

    def start(self, body: Mapping[str, Any]) -> None:
        """Begin the build, aside from the request that asked for it."""
        self.body = body
        threading.Thread(target=self._build, daemon=True).start()

    def _build(self) -> None:
        try:
            self.outcome = self.build(self.body or {}, self.archives)
        except Exception as error:  # `sbx.apply` raises it.
            self.error = error
            self.outcome = Outcome("not built", output=str(error))

    def status(self) -> dict[str, Any]:
        """The answer about the build."""
        template, build = self.ids
        answer = {"templateID": template, "buildID": build, "logs": [], "logEntries": []}
        if self.outcome is None:
            return {**answer, "status": "building"}
        if self.outcome.state == "ready":
            return {**answer, "status": "ready"}
        message, step = self.outcome.reason
        return {**answer, "status": "error", "reason": {"message": message, "step": step}}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """The routes."""

    protocol_version = "HTTP/1.1"
    server_state: PlatformServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        state = self.server_state
        if found := re.search(r"/files/([0-9a-f]{64})$", self.path):
            link = f"{state.url}/upload/{found[1]}"
            return self._answer(201, {"present": False, "url": link})
        if "/status" in self.path:
            return self._answer(200, state.status())
        return self._answer(404, {"code": 404, "message": "not found"})

    def do_PUT(self) -> None:
        self.server_state.archives[self.path.rsplit("/", 1)[-1]] = self._body()
        self._answer(200, {})

    def do_POST(self) -> None:
        state = self.server_state
        template, build = state.ids
        sent = json.loads(self._body() or b"{}")
        if self.path == "/v3/templates":
            name = sent.get("name", "")
            names = {"names": [name], "aliases": [name], "tags": sent.get("tags") or ["default"]}
            answer = {"templateID": template, "buildID": build, "public": False, **names}
            return self._answer(202, answer)
        if "/builds/" in self.path:
            state.start(sent)
            return self._answer(202, None)
        return self._answer(201, {"buildID": build, "tags": sent.get("tags", [])})

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, code: int, value: object) -> None:
        data = b"" if value is None else json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
