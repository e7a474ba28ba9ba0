"""A client of language servers: as much of one as an editor is."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from typing import Any

from tools import Failed, Tools

Message = dict[str, Any]
# An answer that does not come within this many seconds never will.
PATIENCE = 60


class Server:
    """A language server on its standard input and output."""

    def __init__(self, tools: Tools, *command: str) -> None:
        home = tools.corpus / "home"
        home.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            command,
            cwd=tools.corpus,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "TOMBI_OFFLINE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.buffer = b""
        self.next = 0
        self.diagnostics: dict[str, list[Message]] = {}
        root = tools.corpus.as_uri()
        text = {"hover": {"contentFormat": ["markdown"]}, "publishDiagnostics": {}}
        text["completion"] = {"completionItem": {"snippetSupport": True}}
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": "corpus"}],
                "capabilities": {"textDocument": text, "workspace": {"configuration": True}},
            },
        )
        self.notify("initialized", {})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self) -> Message:
        assert self.process.stdout is not None
        end = time.monotonic() + PATIENCE
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if found:
                fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n"))
                length = int(fields[b"content-length"])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    message: Message = json.loads(rest[:length])
                    return message
            left = end - time.monotonic()
            if left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Failed("the language server does not answer")
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                raise Failed("the language server ended")
            self.buffer += read

    def _handle(self, message: Message) -> None:
        """What the server asks or tells on its own account."""
        if message.get("method") == "textDocument/publishDiagnostics":
            told = message["params"]
            self.diagnostics[told["uri"]] = told["diagnostics"]
        elif "id" in message and "method" in message:
            items = message.get("params", {}) or {}
            result = [None for _ in items["items"]] if "items" in items else None
            self._send({"id": message["id"], "result": result})

    def request(self, method: str, params: Message | None) -> Any:
        """Asks, and waits for the answer."""
        self.next += 1
        asked = self.next
        self._send({"id": asked, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == asked and "method" not in message:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message["result"]
            self._handle(message)

    def notify(self, method: str, params: Message | None) -> None:
        """Tells."""
        self._send({"method": method, "params": params})

    def open(self, uri: str, text: str) -> list[Message]:
        """Opens a document and waits for what the server says of it."""
        document = {"uri": uri, "languageId": "toml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        while not self.diagnostics.get(uri):
            self._handle(self._receive())
        return self.diagnostics[uri]

    def at(self, method: str, uri: str, line: int, column: int) -> Any:
        """Asks about a place, its line and column from 0."""
        place = {"line": line, "character": column}
        document = {"uri": uri}
        return self.request(method, {"textDocument": document, "position": place})

    def close(self) -> None:
        """Ends the server."""
        self.process.kill()
        self.process.wait()
