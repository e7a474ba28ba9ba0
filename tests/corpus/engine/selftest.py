"""Templates whose outcome is certain: the imitation must agree.

    python3 tests/corpus/engine/selftest.py [NAME…]
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine/images"))

import corpus
import sbx
from shell import Limits

SERVE = 'start = "python3 -m http.server 8000"\nready = { port = 8000 }\n'


@dataclass
class Case:
    """A template: its manifest after the name and the base, and its files."""

    name: str
    manifest: str
    state: str
    step: int | None = None
    files: dict[str, str] = field(default_factory=dict)
    base: str = "debian:12"
    platform: str = "e2b"


CASES = [
    Case("is-ready", SERVE, "ready"),
    Case("exit-code", '[[steps]]\nrun = "exit 7"', "fails", 1),
    Case("reads-input", '[[steps]]\nrun = "cat > /home/user/f"', "hangs", 1),
    Case("holds-output", '[[steps]]\nrun = "sleep 300 & echo done"', "holds its output", 1),
    Case("holds-stderr", '[[steps]]\nrun = "sleep 300 > /dev/null & echo done"', "holds its output", 1),
    Case("lets-output-go", '[[steps]]\nrun = "sleep 300 > /dev/null 2>&1 & echo done"', "ready"),
    Case("new-workdir-is-users", 'workdir = "/app/a"\n[[steps]]\nrun = "touch x ../x"', "ready"),
    Case("old-workdir-is-roots", 'workdir = "/opt"\n[[steps]]\nrun = "touch x"', "fails", 2),
    Case("env-is-roots", '[build_env]\nA = "${HOME}"\n[[steps]]\nrun = "[ $A = /root ]"', "ready"),
    Case(
        "copied-directory-is-users",
        '[[steps]]\ncopy = "src"\nto = "/app"\n[[steps]]\nrun = "echo >> /app/a && rm /app/a"',
        "fails",
        2,
        {"src/a": "a\n"},
    ),
    Case(
        "relative-target-is-in-home",
        '[[steps]]\ncopy = "a"\nto = "b/"\n[[steps]]\nrun = "cat /home/user/b/a"\nuser = "root"',
        "ready",
        files={"a": "a\n"},
    ),
    Case("root-works-in-root", '[[steps]]\nrun = "[ $PWD = /root ]"\nuser = "root"', "ready"),
    Case("missing-user", '[[steps]]\nrun = "id"\nuser = "deploy"', "fails", 1),
    Case("user-is-created", 'user = "deploy"\n[[steps]]\nrun = "[ $(id -un) = deploy ]"', "ready"),
    Case("user-may-sudo", '[[steps]]\nrun = "sudo -n touch /x"', "ready"),
    Case("others-may-not", 'user = "dev"\n[[steps]]\nrun = "sudo -n touch /x"', "fails", 2),
    Case("user-has-uid-1000", '[[steps]]\nrun = "[ $(id -u) = 1000 ]"', "ready"),
    Case("tmp-lasts", '[[steps]]\nrun = "touch /tmp/a"\n[[steps]]\nrun = "rm /tmp/a"', "ready"),
    Case(
        "tmp-is-cleared",
        'ready = { file = "/tmp/a" }\n[[steps]]\nrun = "touch /tmp/a"',
        "never ready",
    ),
    Case("start-exits", 'start = "exit 3"\nready = { port = 8000 }', "start fails"),
    Case("start-ends-well", 'start = "true"\nready = { port = 8000 }', "ready"),
    Case("wrong-port", SERVE.replace("port = 8000", "port = 3000"), "never ready"),
    Case("start-in-background", SERVE.replace('8000"', '8000 &"'), "ready"),
    Case("local-is-open", 'start = "touch /usr/local/lib/x && sleep 99"\n'
         'ready = { file = "/usr/local/lib/x" }', "ready"),
    Case("root-is-closed", 'workdir = "/root"\nstart = "pwd"\nready = { file = "/x" }', "start fails"),
    Case("debian-resets-path", '[build_env]\nPATH = "/x:${PATH}"\n[[steps]]\n'
         'run = "case $PATH in /x*) false;; esac"', "ready"),
    Case("ubuntu-keeps-path", '[build_env]\nPATH = "/x:${PATH}"\n[[steps]]\n'
         'run = "case $PATH in /x*) ;; *) false;; esac"', "ready", base="ubuntu:22.04"),
    Case("image-env-on-e2b", '[[steps]]\nrun = "[ -n $GOPATH ] && [ $GOPATH = /go ]"', "ready",
         base="golang:1.23"),
    Case("image-env-on-novita", '[[steps]]\nrun = "[ -z $GOPATH ]"', "ready", base="golang:1.23",
         platform="novita"),
]  # fmt: skip


def main() -> int:
    wanted = sys.argv[1:]
    cases = [case for case in CASES if not wanted or case.name in wanted]
    failed = 0
    for case in cases:
        found = _outcome(case)
        if found == (case.state, case.step):
            print(f"{case.name}: {case.state}", flush=True)
        else:
            failed += 1
            print(f"{case.name}: FAILED: {found}, not {(case.state, case.step)}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _outcome(case: Case) -> tuple[str, int | None]:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / case.name
        template.mkdir()
        for name, text in case.files.items():
            (template / name).parent.mkdir(parents=True, exist_ok=True)
            (template / name).write_text(text)
        head = f'name = "{case.name}"\n'
        (template / "sandbox.toml").write_text(f'{head}from = "{case.base}"\n{case.manifest}\n')
        options = sbx.Options(case.platform, Limits(silent=12, held=6), 8, lambda _: None)
        report = sbx.apply(corpus.load(template), options)
    if report.outcome is None:
        return "refused: " + "; ".join(said.message for said in report.said), None
    if report.outcome.state == "not built":
        return report.outcome.output, None
    return report.outcome.state, report.outcome.step


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
