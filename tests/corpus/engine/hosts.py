"""The hosts that a build may reach, and how it shows that it missed another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REACHED = frozenset({
    "deb.debian.org", "security.debian.org", "pypi.org", "files.pythonhosted.org",
    "registry.npmjs.org", "index.crates.io", "static.crates.io", "crates.io",
})  # fmt: skip
"""Every other name that a template mentions, and those of `CLOSED`, lead to the container itself, so
that no build asks a stranger."""

CLOSED = frozenset({
    "proxy.golang.org", "sum.golang.org", "rubygems.org", "index.rubygems.org",
    "repo.maven.apache.org", "repo1.maven.org", "packagist.org", "repo.packagist.org",
    "cpan.metacpan.org", "www.cpan.org", "fastapi.metacpan.org", "conda.anaconda.org",
    "repo.anaconda.com", "github.com", "raw.githubusercontent.com",
    "objects.githubusercontent.com", "api.github.com", "huggingface.co",
    "cdn.playwright.dev", "playwright.download.prss.microsoft.com", "storage.googleapis.com",
    "nodejs.org", "sh.rustup.rs", "static.rust-lang.org", "bun.sh", "astral.sh", "deno.land",
    "dl.google.com", "download.pytorch.org", "get.docker.com", "example.com",
})  # fmt: skip
"""Hosts that tools ask without naming them in a command."""

UNREACHABLE = re.compile(
    r"Connection refused|Could not resolve host|Failed to connect|ECONNREFUSED|ENOTFOUND"
    r"|Temporary failure in name resolution|Could not connect to|error sending request"
)
"""How clients complain about hosts that a build may not reach."""

_NAMED = re.compile(r"(?:https?|ftp|git|ssh)://(?:[^@/\s]*@)?([A-Za-z0-9.-]+)")
_LOCAL = {"localhost", "127.0.0.1", "0.0.0.0"}


def to_close(body: Mapping[str, Any]) -> frozenset[str]:
    """The hosts that the build of a request must not reach."""
    texts = " ".join(" ".join(step["args"]) for step in body.get("steps", []))
    named = {host.lower() for host in _NAMED.findall(texts)}
    return (CLOSED | named) - _LOCAL - REACHED
