"""One template, built as the platform would."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import base
import finish
from container import Container, engine
from shell import Context, Finished, Limits
from stand_ins import NoStandIn
from steps import Builder

REACHED = (
    "deb.debian.org", "security.debian.org", "pypi.org", "files.pythonhosted.org",
    "registry.npmjs.org", "index.crates.io", "static.crates.io", "crates.io",
)  # fmt: skip
"""The hosts that a step may reach. Every other name that a template mentions, and those of
`CLOSED`, lead to the container itself, so that no build asks a stranger."""

CLOSED = {
    "proxy.golang.org", "sum.golang.org", "rubygems.org", "index.rubygems.org",
    "repo.maven.apache.org", "repo1.maven.org", "packagist.org", "repo.packagist.org",
    "cpan.metacpan.org", "www.cpan.org", "fastapi.metacpan.org", "conda.anaconda.org",
    "repo.anaconda.com", "github.com", "raw.githubusercontent.com",
    "objects.githubusercontent.com", "api.github.com", "huggingface.co",
    "cdn.playwright.dev", "playwright.download.prss.microsoft.com", "storage.googleapis.com",
    "nodejs.org", "sh.rustup.rs", "static.rust-lang.org", "bun.sh", "astral.sh", "deno.land",
    "dl.google.com", "download.pytorch.org", "get.docker.com", "example.com",
}  # fmt: skip
"""Hosts that tools ask without naming them in a command."""

@dataclass
class Request:
    """What `sbx` sends: the body of the start request, and the archives by `filesHash`."""

    body: Mapping[str, Any]
    archives: Mapping[str, bytes]
    restores_image_env: bool
    """Whether the platform gives the image's variables to steps, start and ready: e2b does."""


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

    @property
    def reason(self) -> tuple[str, str]:
        """The message and the `step` of the platform's answer."""
        where = {"start fails": "finalize", "never ready": "finalize", "not provisioned": "base"}
        step = str(self.step) if self.step else where.get(self.state, "")
        last = self.output.strip().splitlines()[-1:] or [self.state]
        return f"{self.state}: {last[0]}", step


def hosts_to_close(body: Mapping[str, Any]) -> set[str]:
    """The hosts that a build must not reach."""
    texts = " ".join(" ".join(step["args"]) for step in body.get("steps", []))
    named = set(re.findall(r"(?:https?|ftp|git|ssh)://(?:[^@/\s]*@)?([A-Za-z0-9.-]+)", texts))
    local = {"localhost", "127.0.0.1", "0.0.0.0"}
    return {host.lower() for host in CLOSED | named if host not in local and host not in REACHED}


def build(
    request: Request, limits: Limits, ready_limit: float, log: Callable[[str], None]
) -> Outcome:
    """Build a template; whatever a template can do wrong is in the outcome."""
    image = request.body.get("fromImage")
    if image is None:
        raise NoStandIn("it is built on another template")
    try:
        start = base.prepare(image)
    except base.Unprovisionable as error:
        return Outcome("not provisioned", output=str(error))
    env = {name: value for name, value in start.env.items() if value}
    context = Context(env=env if request.restores_image_env else {})
    built = f"sbx-corpus-built:{secrets.token_hex(8)}"
    with Container(start.image, "host", hosts_to_close(request.body)) as container:
        builder = Builder(container, request.archives, limits)
        result = builder.user(["user", "true"], context)
        for number, step in enumerate(request.body.get("steps", []), 1):
            if isinstance(result, Finished):
                break
            log(f"{number} {step['type']} {' '.join(step['args'])[:100]!r}")
            result = builder.step(step, result)
            if isinstance(result, Finished):
                return _failed(number, result, builder.is_cut_off)
        if isinstance(result, Finished):
            return Outcome("not provisioned", output=result.output + result.trouble)
        container.commit(built)
    try:
        outcome = _finish(built, request.body, result, ready_limit)
    finally:
        engine("image", "rm", "--force", built)
    if builder.is_cut_off and outcome.state != "ready":
        outcome.state = "unreachable"
    return outcome


def _failed(number: int, result: Finished, is_cut_off: bool) -> Outcome:
    states = {"hangs": "hangs", "held": "holds its output"}
    state = states.get(result.trouble, "fails")
    if state == "fails" and is_cut_off:
        state = "unreachable"
    text = result.output if result.trouble in ("", *states) else f"{result.output}{result.trouble}"
    return Outcome(state, number, result.code, text[-4000:])


def _finish(image: str, body: Mapping[str, Any], context: Context, limit: float) -> Outcome:
    with Container(image, "none") as container:
        finish.finalize(container)
        ended = finish.start(
            container, context, body.get("startCmd", ""), body.get("readyCmd", ""), limit
        )
        state = {"start failed": "start fails"}.get(ended.state, ended.state)
        broken = finish.broken_packages(container) if state == "ready" else ""
        if broken:
            return Outcome("fails", None, None, f"packages left half-configured: {broken}")
        return Outcome(state, None, ended.code, ended.output[-4000:])
