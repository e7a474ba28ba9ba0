"""One template, built by the local platform."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hosts
import stand_ins
import watch
from container import ENGINE, engine, image_exists
from watch import Limits, Watched

PROGRAM = os.path.abspath(os.environ.get("SBX", "target/debug/sbx"))

READY_SCALE = "0.0417"
"""Of the time that the readiness check may take, which is 25 s then, and of the time for which a
command's output may be held, 12.5 s."""

OFFLINE = {"SBX_NO_IMAGE_CHECK": "1"}
"""No registry of images is asked."""

CERTIFICATES = "--env=SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
"""For programs that have authorities of their own: a registry may be behind a proxy."""

_LABEL = re.compile(r"^\[[^\]]*\] \[std(?:out|err)\]: ")
_CODE = re.compile(r"exit status (\d+)$")
_TAGGED = threading.Lock()


@dataclass
class Said:
    """A diagnostic, without what only a person needs."""

    code: str
    severity: str
    file: str
    line: int
    message: str

    @staticmethod
    def of(diagnostic: dict[str, Any]) -> Said:
        start = (diagnostic.get("range") or {}).get("start", {})
        return Said(
            diagnostic["code"],
            diagnostic["severity"],
            Path(diagnostic.get("file") or "").name,
            start.get("line", 0),
            diagnostic["message"],
        )


@dataclass
class Outcome:
    """What happened to a build."""

    state: str
    """`ready`, `fails`, `hangs`, `holds its output`, `start fails`, `never ready`, `unreachable`,
    `not provisioned`."""
    step: int | None = None
    """The 1-based number of the step."""
    code: int | None = None
    output: str = ""
    """The end of what was printed."""
    image: str | None = None
    """The finished template."""
    failed_at: Said | None = None
    """Where `sbx` places the failure."""


@dataclass
class Special:
    """What a build needs that is not in its template."""

    closed: frozenset[str] = frozenset()
    """Hosts that are usually open."""
    image: str | None = None
    """The image whose stand-in takes the place of the base image."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Variables for secrets, each with the host that may get it."""
    variables: dict[str, str] = field(default_factory=dict)
    """Variables of the environment that are no secrets."""


@dataclass
class Builder:
    """Builds one template after the other in a data directory of its own."""

    data: Path
    limits: Limits = field(default_factory=Limits)

    def build(self, manifest: Path, rules: str, special: Special | None = None) -> Outcome:
        """Build a template by the rules of `e2b` or `novita`. Its images are kept until `remove`."""
        special = special or Special()
        request = compiled(manifest, rules)
        provide_base(request, special.image)
        consent = [f"--allow-secret={name}@{host}" for name, host in special.secrets.items()]
        watched = watch.run(
            [
                PROGRAM, "apply", "--platform", "local", "--as", rules, "--data", self.data,
                "--format", "json", *consent, manifest,
            ],
            {
                **os.environ,
                **OFFLINE,
                **dict.fromkeys(special.secrets, "not-a-secret"),
                **special.variables,
                "SBX_RETRY_SCALE": READY_SCALE,
                "SBX_ENGINE": ENGINE,
                "SBX_ENGINE_ARGS": _arguments(hosts.to_close(request) | special.closed),
                "XDG_STATE_HOME": str(self.data / "state"),
            },
            self.data,
            self.limits,
        )  # fmt: skip
        outcome = _outcome(watched)
        if outcome.state == "ready":
            outcome.image = self._image(watched)
        return outcome

    def remove(self) -> None:
        """Remove the images of all builds."""
        if not (self.data / "engine-id").exists():
            return
        repository = f"localhost/sbx-{self._store}/"
        listed = engine("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
        if names := [name for name in listed if name.startswith(repository)]:
            subprocess.run([ENGINE, "rmi", "--force", *names], capture_output=True, check=False)

    @property
    def _store(self) -> str:
        return (self.data / "engine-id").read_text().strip()

    def _image(self, watched: Watched) -> str:
        last = watched.events[-1]
        return f"localhost/sbx-{self._store}/{last['templateId']}:{last['buildId']}"


def check(manifest: Path, platform: str) -> list[Said]:
    """The diagnostics of a template."""
    report = json.loads(_run("check", "--platform", platform, "--format", "json", manifest))
    return [Said.of(diagnostic) for diagnostic in report["diagnostics"]]


def compiled(manifest: Path, rules: str) -> dict[str, Any]:
    """The request for a template that has no errors."""
    return json.loads(_run("compile", "--platform", "local", "--as", rules, manifest))


def _run(*arguments: str | Path) -> bytes:
    variables = {**os.environ, **OFFLINE}
    command = [PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, check=False, env=variables).stdout


def provide_base(request: dict[str, Any], stand_in: str | None) -> None:
    """Give the stand-in the name of the base image, unless the engine holds that already."""
    image = request.get("fromImage")
    if image is None:
        raise stand_ins.NoStandIn("it is built on another template")
    with _TAGGED:
        if not image_exists(image):
            engine("tag", stand_ins.build(stand_in or image), image)


def _arguments(closed: frozenset[str]) -> str:
    """The arguments for the containers of the steps."""
    names = [f"--add-host={host}:127.0.0.1" for host in sorted(closed)]
    return " ".join([os.environ.get("SBX_ENGINE_ARGS", ""), CERTIFICATES, *names])


def _outcome(watched: Watched) -> Outcome:
    events = watched.events
    if not any(event["event"] == "started" for event in events):
        raise RuntimeError(f"sbx has not started the build: {watched.errors}")
    logs = [event for event in events if event["event"] == "log"]
    step = int(watched.step) if watched.is_in_step else None
    printed = [event["message"] for event in logs if event["step"] == watched.step]
    output = "\n".join(_LABEL.sub("", text) for text in printed if _LABEL.match(text))
    located = [Said.of(e) for e in events if e["event"] == "diagnostic" and e["code"] == "build-failed"]
    failed_at = located[0] if located else None
    if watched.hangs:
        return Outcome("hangs", step, None, output[-4000:], failed_at=failed_at)
    last = events[-1]
    if last["event"] != "finished":
        raise RuntimeError(f"sbx has ended early: {watched.errors}")
    if last["status"] == "ready":
        return Outcome("ready")
    if last["status"] != "error":
        raise RuntimeError(f"the build is {last['status']}: {last.get('reason')}")
    state = _state(last["reason"], watched.step)
    if state in ("fails", "start fails", "never ready") and any(
        hosts.UNREACHABLE.search(event["message"]) for event in logs
    ):
        state = "unreachable"
    code = _CODE.search(last["reason"])
    return Outcome(
        state,
        step,
        int(code[1]) if code else None,
        (output or last["reason"])[-4000:],
        failed_at=failed_at,
    )


def _state(reason: str, step: str | None) -> str:
    if step == "base":
        return "not provisioned"
    if "held its output for too long" in reason:
        return "holds its output"
    if reason.startswith("start command failed:"):
        return "start fails"
    if "ready command" in reason and "timed out" in reason:
        return "never ready"
    return "fails"
