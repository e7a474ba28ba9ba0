"""`sbx plan` of a build context that has not changed, beside a plain walk over it. A platform on
loopback answers that a build has the digest."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from compare import compare, options, rounds, run, tell
from context import tree

BUILD = "5a6f0d1e-3b0c-4f7e-9d52-000000000000"
TEMPLATE = "tmpl0000000000000000"

# The same template without files: what is left of a plan are its start and its requests.
WITHOUT_FILES = 'name = "bench"\nfrom = "python:3.12"\n'


class Platform(BaseHTTPRequestHandler):
    """Knows one build of the template, which has every tag that was asked for once."""

    protocol_version = "HTTP/1.1"
    # Head and body are two packets, of which the second would wait for the first.
    disable_nagle_algorithm = True
    tags: set[str] = {"default"}

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        if path.endswith("/tags"):
            created = "2026-11-01T00:00:00Z"
            self.answer([{"tag": t, "buildID": BUILD, "createdAt": created} for t in self.tags])
        else:
            self.answer({"templateID": TEMPLATE, "public": False})

    def answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    given = options()
    platform = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    env = {
        "XDG_CACHE_HOME": str(given.work / "cache"),
        "XDG_STATE_HOME": str(given.work / "state"),
        "E2B_API_KEY": "e2b_" + "0" * 40,
        "E2B_API_URL": f"http://127.0.0.1:{platform.server_port}",
    }
    many, none = given.work / "many", given.work / "none"
    tree(many, 20_000, 100_000_000)
    none.mkdir()
    (none / "sandbox.toml").write_text(WITHOUT_FILES)

    def sbx(command: str, root: Path, *more: str) -> list[str]:
        return [given.sbx, command, *more, "--platform", "e2b", str(root)]

    # What changed a moment ago is not remembered.
    time.sleep(5)
    for root in (many, none):
        first = run(sbx("apply", root, "--dry-run", "--format", "json"), env)
        events = [json.loads(line) for line in first.out.splitlines()]
        Platform.tags |= {event["digest"] for event in events if event["event"] == "plan"}
    medians = compare(
        "plan, 20,000 files, unchanged",
        {
            "a plain parallel walk": f"exec {given.parts} walk {many} src >{given.work}/walked",
            "sbx plan": sbx("plan", many),
            "sbx plan, without files": sbx("plan", none),
            "sbx compile, without files": sbx("compile", none),
        },
        rounds(15),
        one=lambda command: run(command, env),
        warm_up=True,
    )
    assert "up to date" in medians["sbx plan"].out, medians["sbx plan"].out
    seconds = {name: of.seconds for name, of in medians.items()}
    requests = seconds["sbx plan, without files"] - seconds["sbx compile, without files"]
    walks = (seconds["sbx plan"] - requests) / seconds["a plain parallel walk"]
    tell(
        "plan of an unchanged context, without its requests",
        "2.5 walks",
        f"{walks:.2f} walks and {requests * 1000:.1f} ms of requests",
        met=walks <= 2.5,
    )


if __name__ == "__main__":
    main()
