"""Language servers at each keystroke: `sbx lsp` beside tombi's, which holds a manifest against its
schema alone. A manifest of a thousand lines that copies 20,000 files is opened, and a key that does
not exist is typed; each time the client waits for the diagnostics of its version.

The servers take turns at each keystroke, so that other work on the machine reaches both alike."""

from __future__ import annotations

import json
import os
import queue
import statistics
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from compare import options, rounds, run, tell

# How long an editor leaves between two keystrokes here: the servers are idle by then.
PAUSE = 0.05

# How long after the start the files of the context have certainly been found.
SETTLED = 3

# Keystrokes before the first that counts.
WARM_UP = 10

Message = dict[str, Any]


class Server:
    """A language server with its client."""

    def __init__(self, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.messages: queue.Queue[tuple[float, Message]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.last = 0
        self.version = 0
        self.folder = folder

    def _read(self) -> None:
        out = self.process.stdout
        assert out
        while header := out.readline():
            length = int(header.split(b":")[1])
            while out.readline().strip():
                pass
            body = out.read(length)
            self.messages.put((time.perf_counter(), json.loads(body)))

    def send(self, message: Message) -> None:
        """Sends a message."""
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _next(self) -> tuple[float, Message]:
        at, message = self.messages.get(timeout=60)
        if "method" in message and "id" in message:
            result = [{}] if message["method"] == "workspace/configuration" else None
            self.send({"id": message["id"], "result": result})
        return at, message

    def request(self, method: str, params: Message | None) -> Message:
        """Sends a request, and waits for its answer."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while True:
            _, message = self._next()
            if message.get("id") == self.last and "method" not in message:
                return message

    def begin(self) -> None:
        """Begins the session as an editor that is sent diagnostics and watches files."""
        uri = self.folder.as_uri()
        text = {"publishDiagnostics": {"versionSupport": True}}
        watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
        capabilities = {"textDocument": text, "workspace": watching}
        folders = [{"uri": uri, "name": "x"}]
        params = {"processId": None, "rootUri": uri, "workspaceFolders": folders}
        self.request("initialize", params | {"capabilities": capabilities})
        self.send({"method": "initialized", "params": {}})

    def show(self, text: str) -> float:
        """Opens or changes the manifest; returns when its diagnostics had come, and after how long."""
        uri = (self.folder / "sandbox.toml").as_uri()
        self.version += 1
        document: Message = {"uri": uri, "version": self.version}
        begun = time.perf_counter()
        if self.version == 1:
            document |= {"languageId": "toml", "text": text}
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        else:
            params = {"textDocument": document, "contentChanges": [{"text": text}]}
            self.send({"method": "textDocument/didChange", "params": params})
        while True:
            at, message = self._next()
            if message.get("method") != "textDocument/publishDiagnostics":
                continue
            params = message["params"]
            if params["uri"] == uri and params.get("version") == self.version:
                self.shown = [found["message"] for found in params["diagnostics"]]
                return at - begun

    def memory(self) -> tuple[int, int]:
        """What it holds now and what it held at most, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return tuple(int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM"))

    def processor(self) -> float:
        """The seconds that processors have spent on it, in steps of a hundredth."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Ends the session."""
        self.request("shutdown", None)
        self.send({"method": "exit"})
        self.process.wait(timeout=60)


def typed(text: str, count: int) -> str:
    """The text with a key that does not exist, which grows with each keystroke."""
    key = "k" * (count % 30 + 1)
    return text.replace("tags = ", f"{key} = 1\ntags = ", 1)


def main() -> None:
    """Measures both servers."""
    given = options()
    folder: Path = given.work / "project"
    folder.mkdir()
    run([given.parts, "project", str(folder)])
    schema = run([given.sbx, "schema"]).out
    (folder / "sandbox.schema.json").write_text(schema)
    manifest = folder / "sandbox.toml"
    text = "#:schema ./sandbox.schema.json\n" + manifest.read_text()
    manifest.write_text(text)
    env = {"HOME": str(given.work), "XDG_CACHE_HOME": str(given.work / "cache")}
    commands = {
        "sbx lsp": [str(given.sbx), "lsp"],
        "tombi lsp": [str(given.tools / "venv/bin/tombi"), "lsp", "--offline"],
    }

    print(f"\na start to the first diagnostics, {text.count(chr(10))} lines")
    starts: dict[str, list[float]] = {name: [] for name in commands}
    spent = dict.fromkeys(commands, 0.0)
    for _ in range(rounds(11)):
        for name, command in commands.items():
            begun = time.perf_counter()
            server = Server(command, folder, env)
            server.begin()
            server.show(typed(text, 0))
            starts[name].append(time.perf_counter() - begun)
            spent[name] += server.processor() / rounds(11)
            assert server.shown, f"{name} says nothing of a wrong key"
            server.end()
    first = statistics.median(starts["sbx lsp"])
    for name, took in starts.items():
        median = statistics.median(took)
        print(
            f"  {name:35} {median * 1000:9.1f} ms {median / first:7.2f} x"
            f"   processor {spent[name] * 1000:7.1f} ms"
        )
    tell("a start to the first diagnostics", "50 ms", f"{first * 1000:.1f} ms", met=first <= 0.05)

    servers = {name: Server(command, folder, env) for name, command in commands.items()}
    times: dict[str, list[float]] = {name: [] for name in servers}
    for server in servers.values():
        server.begin()
        server.show(text)
    # The first diagnostics may come before the files of the context have been found.
    time.sleep(SETTLED)
    for at in range(WARM_UP + rounds(11) * 20):
        for name, server in servers.items():
            took = server.show(typed(text, at))
            assert server.shown, f"{name} says nothing of a wrong key"
            if at >= WARM_UP:
                times[name].append(took)
            else:
                spent[name] = server.processor()
            time.sleep(PAUSE)
    print("\na keystroke to its diagnostics, 20,000 files in the context")
    median_of = {name: statistics.median(took) for name, took in times.items()}
    for name, took in times.items():
        late = statistics.quantiles(took, n=20)[-1]
        held, most = servers[name].memory()
        print(
            f"  {name:35} median {median_of[name] * 1000:7.1f} ms"
            f" {median_of[name] / median_of['sbx lsp']:7.2f} x   95 % {late * 1000:7.1f} ms"
            f"   processor {(servers[name].processor() - spent[name]) / len(took) * 1000:7.2f} ms"
            f"   {held / 1024:6.1f} MiB, at most {most / 1024:.1f}"
        )
    late = statistics.quantiles(times["sbx lsp"], n=20)[-1]
    tell("95 % of the keystrokes", "10 ms", f"{late * 1000:.1f} ms", met=late <= 0.01)
    _, most = servers["sbx lsp"].memory()
    tell("memory", "60 MiB", f"{most / 1024:.1f} MiB", met=most <= 60 * 1024)
    for server in servers.values():
        server.end()


if __name__ == "__main__":
    main()
