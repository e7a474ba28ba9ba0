"""What `sbx` says about a template, and a build through it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import build
from build import Outcome, Request
from corpus import Template
from platform_server import PlatformServer
from shell import Limits

PROGRAM = os.path.abspath(os.environ.get("SBX", "target/debug/sbx"))


OFFLINE = {"SBX_NO_IMAGE_CHECK": "1"}
"""No registry of images is asked."""


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
class Report:
    """A template, as it was foreseen and as it went."""

    name: str
    platform: str
    said: list[Said] = field(default_factory=list)
    outcome: Outcome | None = None
    """`None` if `sbx` refuses the template."""
    failed_at: Said | None = None
    """Where `sbx` places the failure of the build."""


@dataclass
class Options:
    """How templates are built."""

    platform: str
    limits: Limits
    ready_limit: float
    log: Callable[[str], None]


def check(manifest: Path, platform: str) -> list[Said]:
    """The diagnostics of a template."""
    done = subprocess.run(
        [PROGRAM, "check", "--platform", platform, "--format", "json", manifest],
        capture_output=True,
        check=False,
        env={**os.environ, **OFFLINE},
    )
    report = json.loads(done.stdout)
    return [Said.of(diagnostic) for diagnostic in report["diagnostics"]]


def apply(template: Template, options: Options) -> Report:
    """Check a template, and build it as `sbx apply` sends it."""
    with template.project() as manifest:
        return _report(manifest, template.name, options)


def _report(manifest: Path, name: str, options: Options) -> Report:
    report = Report(name, options.platform, check(manifest, options.platform))
    if any(said.severity == "error" for said in report.said):
        return report
    restores = options.platform == "e2b"

    def built(body: Any, archives: Any) -> Outcome:
        request = Request(body, archives, restores)
        return build.build(request, options.limits, options.ready_limit, options.log)

    server = PlatformServer(built)
    try:
        report.failed_at = _apply(manifest, options.platform, server.url)
    finally:
        server.close()
    if server.error is not None:
        raise server.error
    if server.outcome is None:
        raise RuntimeError("sbx has not started the build")
    report.outcome = server.outcome
    return report


def _apply(manifest: Path, platform: str, url: str) -> Said | None:
    with tempfile.TemporaryDirectory() as state:
        prefix = platform.upper()
        environment = {
            **os.environ,
            **OFFLINE,
            "XDG_STATE_HOME": state,
            "XDG_CACHE_HOME": state,
            f"{prefix}_API_KEY": "key-of-the-corpus",
            f"{prefix}_API_URL": url,
        }
        done = subprocess.run(
            [PROGRAM, "apply", "--platform", platform, "--format", "json", manifest],
            capture_output=True,
            check=False,
            env=environment,
        )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    failures = [
        event
        for event in events
        if event["event"] == "diagnostic" and event["code"] == "build-failed"
    ]
    if not any(event["event"] == "started" for event in events):
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return Said.of(failures[0]) if failures else None
