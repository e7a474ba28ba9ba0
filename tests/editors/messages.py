"""What taplo and tombi print for typical mistakes, as `messages.txt` has it."""

from __future__ import annotations

from tools import Finding, Findings

TYPICAL = (
    "unknown-key",
    "no-from",
    "name-upper-case",
    "name-with-tag",
    "platform-unknown",
    "tag-uuid",
    "env-default",
    "from-python-number",
    "from-unknown",
    "from-no-source",
    "from-two-sources",
    "from-image-url",
    "auth-beside-python",
    "auth-basic-without-password",
    "auth-gcp-foreign",
    "memory-decimal",
    "steps-table",
    "step-unknown",
    "step-two-actions",
    "run-with-to",
    "run-with-recursive",
    "apt-no-items",
    "npm-false",
    "copy-without-to",
    "copy-absolute",
    "copy-parent",
    "copy-to-unsafe",
    "mode-two-digits",
    "ready-two-probes",
    "status-without-url",
    "port-too-large",
    "wait-number",
)


def _lines(tool: str, findings: list[Finding]) -> list[str]:
    # taplo repeats an error at each part of the value, below the first.
    first: dict[str, int | None] = {}
    for finding in findings:
        first.setdefault(finding.message, finding.line)
    # Which comes first is chance where both stand at the same place.
    lines = sorted((line or 0, message) for message, line in first.items())
    return [f"{tool} {line}: {message}" for line, message in lines]


def text(texts: dict[str, str], found: dict[str, Findings]) -> str:
    """The page: for each case the manifest and the messages, with their lines."""
    page = "What editors say of typical mistakes, with the line; `run.sh --update` writes it.\n"
    for name in TYPICAL:
        file = f"own/bad/{name}/sandbox.toml"
        page += f"\n== {name}\n"
        page += "".join(f"  {at} | {it}\n" for at, it in enumerate(texts[file].splitlines(), 1))
        for tool in ("taplo", "tombi"):
            page += "".join(f"{line}\n" for line in _lines(tool, found[tool][file]))
    return page
