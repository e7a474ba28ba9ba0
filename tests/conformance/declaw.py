"""Compares what `sbx` sends to declaw with what the official SDK sends for the same template.

    python tests/conformance/declaw.py target/debug/sbx [COUNT [SEED]]

needs PyPI `declaw` 1.7.0. Bodies are compared value by value; what may differ stands in
DIFFERENCES, with its reason, and a row that no case needs is a failure. Prints
`N passed, M failed`, and exits 0 only if nothing failed.
"""

import json
import os
import random
import runpy
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

# This file has the package's name, and its directory is where Python looks first.
sys.path[:] = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]

from declaw.exceptions import InvalidArgumentError
from declaw.template.main import TemplateBase, build_request_body
from declaw.template_sync.main import Template

sys.path.append(str(Path(__file__).resolve().parent))
from declaw_generate import Drawn, draw, shrunk  # noqa: E402

#: How many random templates are compared.
COUNT = 400

KEY = "dcl_" + "0" * 40

#: What `sbx` does otherwise on purpose.
DIFFERENCES = {
    "one-line": "a command of several lines is sent as one: the platform takes each element of "
    "run_cmds as one line, and the SDK's line break would end it",
    "quoted-packages": "a package whose name means something to a shell is installed by a quoted "
    "command, as is all that comes after it",
    "later-apt": "packages that are installed after something else are installed there; the SDK "
    "has one list for all, before everything",
    "copies": "small files travel as base64 in run_cmds; the SDK refuses to copy",
    "ordered-env": "a step sees the value that its variable has there, or none before it is set; "
    "the SDK knows the last value alone",
    "references": "a reference that only the platform could resolve is refused; the SDK sends the "
    "text `$PATH`",
    "reserved": "a name of the platform's own templates is refused; the SDK leaves it to the "
    "platform",
}


@dataclass
class Case:
    name: str
    manifest: str
    sdk: Callable[[], TemplateBase]
    alias: str = "example"
    resources: Dict[str, int] = field(default_factory=dict)
    files: Dict[str, str] = field(default_factory=dict)
    #: The row of DIFFERENCES that the case is about.
    difference: Optional[str] = None
    #: What `sbx` sends instead, by the path of the value; absent where it is None.
    instead: Dict[str, Any] = field(default_factory=dict)
    #: The code with which `sbx` refuses the manifest.
    refused: Optional[str] = None


def template(base: Optional[str] = "python:3.12") -> TemplateBase:
    made = TemplateBase()
    return made if base is None else made.from_base_image(base)


APT = "apt-get update && DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y"

#: What the platform's page on its builder describes, as a manifest and as a use of the SDK.
DOCUMENT = Path(__file__).resolve().parent / "documents" / "declaw-builder"

CASES: List[Case] = [
    Case(
        "the documents' builder",
        (DOCUMENT / "sandbox.toml").read_text(),
        lambda: runpy.run_path(str(DOCUMENT / "sdk.py"))["template"](),
        alias="declaw-builder",
        resources={"cpu_count": 2, "memory_mb": 1024},
    ),
    Case(
        "only a base",
        'name = "example"\nfrom = "python:3.12"',
        lambda: template(),
    ),
    Case(
        "the platform's own base",
        'name = "example"\nfrom = { base = true }',
        lambda: template(None),
    ),
    Case(
        "a distribution",
        'name = "example"\n[from]\nubuntu = "24.04"',
        lambda: template("ubuntu:24.04"),
    ),
    Case(
        "a namespace, resources and a digest",
        'name = "team/example-2"\n[resources]\ncpu = 4\nmemory = "2GiB"\ndisk = "4GiB"\n'
        f'[from]\nimage = "ghcr.io/a/b:1@sha256:{"0" * 64}"',
        lambda: template(f"ghcr.io/a/b:1@sha256:{'0' * 64}"),
        alias="example-2",
        resources={"cpu_count": 4, "memory_mb": 2048, "disk_mb": 4096},
    ),
    Case(
        "packages of several steps that come first",
        'name = "example"\nfrom = "python:3.12"\n[env]\nA = "1"\n'
        '[[steps]]\napt = ["git", "curl=7.*"]\n[[steps]]\napt = "jq"\n[[steps]]\nrun = "make"',
        lambda: template().apt_install("git").set_envs({"A": "1"}),
        difference="quoted-packages",
        instead={
            "template.packages": None,
            "template.run_cmds": [f"{APT} git 'curl=7.*'", f"{APT} jq", "make"],
        },
    ),
    Case(
        "plain packages",
        'name = "example"\nfrom = "python:3.12"\n'
        '[[steps]]\napt = ["git", "curl"]\n[[steps]]\napt = "libstdc++6"\n[[steps]]\nrun = "make"',
        lambda: template().apt_install("git", "curl").apt_install("libstdc++6").run_cmd(["make"]),
    ),
    Case(
        "packages after a command",
        'name = "example"\nfrom = "python:3.12"\n'
        '[[steps]]\nrun = "make"\n[[steps]]\napt = "git"',
        lambda: template().apt_install("git").run_cmd(["make"]),
        difference="later-apt",
        instead={"template.packages": None, "template.run_cmds": ["make", f"{APT} git"]},
    ),
    Case(
        "commands, whatever is in them",
        'name = "example"\nfrom = "python:3.12"\n'
        "[[steps]]\nrun = ['a || b; c # d', 'echo \"$HOME\" \\']\n"
        "[[steps]]\nrun = 'x > y 2>&1 &'\n"
        '[[steps]]\npip = ["fastapi", "uvicorn>=0.30"]\n'
        '[[steps]]\nnpm = "tsx"\nglobal = true\n'
        '[[steps]]\nmkdir = "/a b"\nmode = 0o700\n',
        lambda: template()
        .run_cmd(["a || b; c # d && echo \"$HOME\" \\"])
        .run_cmd(["x > y 2>&1 &"])
        .run_cmd(["pip", "install", "fastapi", "'uvicorn>=0.30'"])
        .run_cmd(["npm install -g tsx"])
        .run_cmd(["mkdir", "-p", "-m", "0700", "'/a b'"]),
        difference="one-line",
        # A final backslash would join the line with the next.
        instead={"template.run_cmds.0": "eval 'a || b; c # d && echo \"$HOME\" \\'"},
    ),
    Case(
        "a command of several lines",
        'name = "example"\nfrom = "python:3.12"\n'
        "[[steps]]\nrun = '''if a; then\n  b 100%\nfi'''",
        lambda: template().run_cmd(["if a; then\n  b 100%\nfi"]),
        difference="one-line",
        instead={"template.run_cmds.0": "eval \"$(printf 'if a; then\\n  b 100%%\\nfi')\""},
    ),
    Case(
        "variables and a start command",
        'name = "example"\nfrom = "python:3.12"\n'
        '[env]\nA = "1"\nB = 2\nC = true\nD = "$A-$B"\nE = "5$$, \'q\' \\"d\\" ä"\nF = ""\n'
        '[start]\ncmd = "serve --port 80 || true"',
        lambda: template()
        .set_envs({"A": "1", "B": "2", "C": "true", "D": "1-2", "E": "5$, 'q' \"d\" ä", "F": ""})
        .set_start_cmd("serve --port 80 || true"),
    ),
    Case(
        "a variable that changes",
        'name = "example"\nfrom = "python:3.12"\n[env]\nA = "one"\n'
        '[[steps]]\nrun = "make"\n[[steps]]\nenv = { A = "two" }\n[[steps]]\nrun = "make"',
        lambda: template().set_envs({"A": "two"}).run_cmd(["make"]).run_cmd(["make"]),
        difference="ordered-env",
        instead={"template.run_cmds.0": "export A=one && make"},
    ),
    Case(
        "a variable that comes later",
        'name = "example"\nfrom = "python:3.12"\n'
        '[[steps]]\nnpm = true\n[[steps]]\nenv = { NODE_ENV = "production" }\n'
        '[[steps]]\nrun = "make"',
        lambda: template()
        .set_envs({"NODE_ENV": "production"})
        .run_cmd(["npm install"])
        .run_cmd(["make"]),
        difference="ordered-env",
        instead={"template.run_cmds.0": "unset NODE_ENV && npm install"},
    ),
    Case(
        "what the SDK has no word for, written out",
        'name = "example"\nfrom = "python:3.12"\n[build_env]\nV = "a b"\n'
        '[[steps]]\nworkdir = "/app"\n[[steps]]\nrun = "make"\n[start]\ncmd = "serve"',
        lambda: template()
        .run_cmd(["mkdir -p /app"])
        .run_cmd(["export V='a b' && cd /app && make"])
        .set_start_cmd("cd /app && serve"),
    ),
    Case(
        "a small file",
        'name = "example"\nfrom = "python:3.12"\n'
        '[[steps]]\ncopy = "hello.txt"\nto = "/srv/"\nmode = 0o640',
        lambda: template().copy("hello.txt", "/srv/hello.txt", mode=0o640),
        files={"hello.txt": "hello\n"},
        difference="copies",
        instead={
            "template.run_cmds": [
                "mkdir -p /srv && rm -f /srv/hello.txt && printf %s aGVsbG8K | base64 -d > "
                "/srv/hello.txt && chmod 0640 /srv/hello.txt"
            ]
        },
    ),
    Case(
        "a reference to what the platform sets",
        'name = "example"\nfrom = "python:3.12"\n[env]\nPATH = "/opt/bin:$PATH"',
        lambda: template().set_envs({"PATH": "/opt/bin:$PATH"}),
        difference="references",
        refused="unsupported-on-platform",
    ),
    Case(
        "a name that is taken for ever",
        'name = "python"\nfrom = "python:3.12"',
        lambda: template(),
        alias="python",
        difference="reserved",
        refused="unsupported-on-platform",
    ),
]


def environment(root: Path, **more: str) -> Dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(root), "SBX_DATA": str(root / "data"), **more}


def run(sbx: str, root: Path, *arguments: str, **variables: str):
    command = [sbx, *arguments, "--platform", "declaw"]
    return subprocess.run(
        command, cwd=root, env=environment(root, **variables), capture_output=True, text=True
    )


def differing(path: str, left: Any, right: Any) -> List[str]:
    """Where two values differ, by their paths."""
    if isinstance(left, dict) and isinstance(right, dict):
        found = []
        for key in sorted(left.keys() | right.keys()):
            below = f"{path}.{key}" if path else key
            found += differing(below, left.get(key), right.get(key))
        return found
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        found = []
        for at, (one, other) in enumerate(zip(left, right)):
            found += differing(f"{path}.{at}", one, other)
        return found
    # No field of the protocol is ever null, so an absent one is None.
    return [] if left == right and type(left) is type(right) else [path]


def at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else (value or {}).get(part)
    return value


def body_of_sdk(case: Case) -> Dict[str, Any]:
    made = case.sdk()
    if case.difference == "copies":
        try:
            build_request_body(made, case.alias)
        except InvalidArgumentError:
            made._copies.clear()
        else:
            raise AssertionError("the SDK has learned to copy: the row `copies` is out of date")
    return json.loads(json.dumps(build_request_body(made, case.alias, **case.resources)))


def check(sbx: str, case: Case, root: Path) -> None:
    (root / "sandbox.toml").write_text(case.manifest + "\n")
    for name, content in case.files.items():
        (root / name).write_text(content)
    theirs = body_of_sdk(case)
    ran = run(sbx, root, "compile")
    if case.refused is not None:
        assert ran.returncode == 1, ran.stdout
        assert ran.stderr.startswith(case.refused + "\n"), ran.stderr
        return
    assert ran.returncode == 0, ran.stderr
    ours = json.loads(ran.stdout)
    places = differing("", theirs, ours)
    for path in case.instead:
        below = [place for place in places if place == path or place.startswith(path + ".")]
        assert below, f"{path} does not differ, so the case does not need its row"
        places = [place for place in places if place not in below]
        assert at(ours, path) == case.instead[path], f"{path}: {at(ours, path)!r}"
    assert not places, "\n".join(f"{p}: {at(theirs, p)!r} != {at(ours, p)!r}" for p in places)


class Recorder(BaseHTTPRequestHandler):
    """Takes every build, and keeps what was sent."""

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        if self.path == "/templates":
            return self.answer(200, {"templates": None})
        self.server.seen.append(("GET", self.path, self.headers["Authorization"], None))
        logs = ["one", "two"]
        status = {"build_id": "b", "template_id": "t", "status": "completed", "logs": logs}
        self.answer(200, status)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(("POST", self.path, self.headers["Authorization"], body))
        self.answer(201, {"build_id": "b", "template_id": "t", "status": "building"})


def over_the_wire(sbx: str, root: Path) -> None:
    """Both clients make the same calls, with the same key, to the domain that both read."""
    case = next(case for case in CASES if case.name == "plain packages")
    (root / "sandbox.toml").write_text(case.manifest + "\n")
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    domain = f"127.0.0.1:{server.server_port}"
    lines: List[str] = []
    Template.build(
        case.sdk(), case.alias, api_key=KEY, domain=domain, on_build_logs=lines.append
    )
    theirs = list(server.seen)
    server.seen.clear()
    ran = run(sbx, root, "apply", DECLAW_API_KEY=KEY, DECLAW_DOMAIN=domain)
    ours = list(server.seen)
    server.shutdown()
    assert ran.returncode == 0, ran.stderr
    assert ours == theirs, f"{ours}\n{theirs}"
    assert lines == ["one", "two"], lines
    assert "one\ntwo\n" in ran.stderr, ran.stderr


def case_of(drawn: Drawn) -> Case:
    return Case("generated", drawn.manifest(), drawn.sdk, resources=drawn.resources)


def generated(sbx: str, count: int, seed: int) -> Tuple[int, int]:
    """Compares random templates, and shrinks those that differ."""

    def fault(drawn: Drawn) -> Optional[str]:
        with tempfile.TemporaryDirectory(prefix="sbx-declaw-") as root:
            try:
                check(sbx, case_of(drawn), Path(root))
            except AssertionError as error:
                return str(error)
        return None

    failed = 0
    for number in range(count):
        drawn = draw(random.Random(f"{seed}/{number}"))
        if fault(drawn) is not None:
            failed += 1
            small = shrunk(drawn, lambda less: fault(less) is not None)
            print(f"FAILED manifest {number} of seed {seed}\n{small.manifest()}\n{fault(small)}")
    print(f"seed {seed}: {count} manifests")
    return count - failed, failed


def main() -> int:
    if not 2 <= len(sys.argv) <= 4:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    sbx = str(Path(sys.argv[1]).resolve())
    checks: List[Tuple[str, Callable[[Path], None]]] = [
        (case.name, lambda root, case=case: check(sbx, case, root)) for case in CASES
    ]
    checks.append(("over the wire", lambda root: over_the_wire(sbx, root)))
    passed = failed = 0
    for name, test in checks:
        with tempfile.TemporaryDirectory(prefix="sbx-declaw-") as root:
            try:
                test(Path(root))
                passed += 1
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}\n{error}")
    more = generated(sbx, count, seed)
    passed, failed = passed + more[0], failed + more[1]
    unused = DIFFERENCES.keys() - {case.difference for case in CASES}
    unknown = {case.difference for case in CASES} - DIFFERENCES.keys() - {None}
    for row in sorted(unused | unknown):
        failed += 1
        print(f"FAILED the row `{row}` is not there, or no case needs it")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
