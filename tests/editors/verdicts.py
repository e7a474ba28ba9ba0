"""What a schema can say, what it cannot, and where a tool says something else, with reasons.

Every code of an error is in `SAID` or in `UNSAID`. Of what `SAID` has, `BEYOND` takes out the
single faults that no schema can see. `DIFFERENCES` are the tools' own: the check fails on any
other difference, and on a row of `BEYOND` or `DIFFERENCES` that nothing needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from corpus import Manifest
from tools import Diagnostic

SAID = frozenset(
    {
        "toml-syntax",
        "unknown-key",
        "missing-key",
        "wrong-type",
        "conflicting-keys",
        "empty-value",
        "invalid-value",
        "unknown-edition",
        "invalid-name",
        "tag-in-name",
        "invalid-tag",
        "duplicate-tag",
        "reserved-tag",
        "invalid-tag-variable",
        "invalid-profile",
        "invalid-resources",
        "invalid-size",
        "invalid-duration",
        "invalid-mode",
        "unquoted-version",
        "invalid-image",
        "invalid-env-name",
        "invalid-reference",
        "invalid-port",
        "invalid-url",
        "invalid-path",
        "source-outside-context",
        "unsafe-copy-path",
    }
)

_FILES = "a schema sees the manifest, not the files beside it"
_BYTES = "a schema sees values, not the bytes that they were read from"
_NETWORK = "it takes the network to know"
_PLATFORM = "it depends on the platform, which `--platform` chooses"

UNSAID = {
    "manifest-too-large": _BYTES,
    "not-utf8": _BYTES,
    "unreadable-file": _FILES,
    "invalid-lock": _FILES,
    "conflicting-builds": "which build has which tag shows only in several of them",
    "unset-tag-variable": "the environment is not part of the manifest",
    "cyclic-template": "which manifest starts from which shows only in several of them",
    "unknown-profile": "arguments name it",
    "unresolved-reference": "which variables are set above a word is beyond regular expressions",
    "cyclic-reference": "which variable refers to which is beyond regular expressions",
    "source-not-found": _FILES,
    "source-ignored": _FILES,
    "dockerfile-syntax": _FILES,
    "dockerfile-unsupported": _FILES,
    "outside-project": _FILES,
    "reserved-variable": "which variables hold a platform's key is the table of platforms",
    "secret-needs-consent": "what a person agreed to is not part of the manifest",
    "push-needs-consent": "what a person agreed to is not part of the manifest",
    "image-not-built": _FILES,
    "invalid-user": _PLATFORM,
    "unset-secret": "the environment is not part of the manifest",
    "unsupported-on-platform": _PLATFORM,
    "image-not-found": _NETWORK,
    "unsupported-architecture": _NETWORK,
    "registry-auth-refused": _NETWORK,
    "context-changed": _FILES,
    "build-failed": _NETWORK,
    "test-failed": "it comes from a sandbox",
}


@dataclass(frozen=True)
class Beyond:
    """A fault of a code in `SAID` that no schema can see."""

    name: str
    reason: str
    code: str
    admits: Callable[[Diagnostic], bool]


@dataclass(frozen=True)
class Difference:
    """A verdict of some tools that is not that of `sbx`.

    `admits` is told the manifest, and all errors of `sbx` in it that a schema can say.
    """

    name: str
    reason: str
    tools: frozenset[str]
    admits: Callable[[Manifest, list[Diagnostic]], bool]


def _between_tables(diagnostic: Diagnostic) -> bool:
    said = diagnostic.message
    return "requires the template" in said or said.startswith("`novita.pre_boot`")


def _is_small_number(diagnostic: Diagnostic) -> bool:
    """A number that would be a mode if it were written in octal digits."""
    try:
        return 0 <= int(diagnostic.written, 0) <= 0o7777
    except ValueError:
        return False


def _is_glob(diagnostic: Diagnostic) -> bool:
    return "pattern" in diagnostic.message


def _refers(diagnostic: Diagnostic) -> bool:
    """A value with references and no other `$`: what it stands for is at fault."""
    rest, count = re.subn(r"\$(?:\w+|\{\w+\})", "", diagnostic.written)
    is_source = "source of a copy" in diagnostic.message
    return count > 0 and "$" not in rest and not is_source


BEYOND = [
    Beyond(
        "value-of-a-reference",
        "a schema sees a reference, not the value that it stands for",
        "unsafe-copy-path",
        _refers,
    ),
    Beyond(
        "owner-of-a-reference",
        "a schema sees a reference, not the value that it stands for",
        "invalid-value",
        _refers,
    ),
    Beyond(
        "mode-not-in-octal",
        "a schema sees the number, not whether it was written as `0o755` or as `493`",
        "invalid-mode",
        _is_small_number,
    ),
    Beyond(
        "rule-between-tables",
        "what a step needs of `from` could be said, but the message would stand at `from`, "
        "and speak of all that the manifest's table is not",
        "conflicting-keys",
        _between_tables,
    ),
    Beyond(
        "climbs-later",
        "`a/../../b` leaves the context, `a/../b` does not: regular expressions do not count",
        "source-outside-context",
        lambda it: not re.match(r"[\"']((\./+)*\.\.(/|[\"'])|/)", it.written),
    ),
    Beyond(
        "beyond-counting",
        "a size or a duration that does not fit 64 bits; how many digits do depends on the unit",
        "invalid-size",
        lambda it: len(it.written) > 18,
    ),
    Beyond(
        "beyond-counting-time",
        "a size or a duration that does not fit 64 bits; how many digits do depends on the unit",
        "invalid-duration",
        lambda it: len(it.written) > 18,
    ),
    Beyond(
        "malformed-host",
        "what makes a host is the subject of a standard, not of a regular expression",
        "invalid-url",
        lambda it: re.match(r"[\"']https?:/*[^/\"']", it.written) is not None,
    ),
    Beyond(
        "ignore-pattern",
        "what makes a pattern is a grammar of its own",
        "invalid-value",
        _is_glob,
    ),
    Beyond(
        "copy-pattern",
        "what makes a pattern is a grammar of its own",
        "invalid-path",
        lambda it: "{" not in it.written,
    ),
    Beyond(
        "duplicate-test-name",
        "a schema can compare whole tests, but not one key of them",
        "invalid-value",
        lambda it: "duplicate test name" in it.message,
    ),
    Beyond(
        "regular-expression",
        "what makes a regular expression of Rust is a grammar of its own",
        "invalid-value",
        lambda it: "regular expression" in it.message,
    ),
    Beyond(
        "name-of-a-secret",
        "which names promise a secret is a table of many words in any case of their letters",
        "invalid-tag-variable",
        lambda it: "{env:" in it.written,
    ),
    Beyond(
        "platform-s-resources",
        _PLATFORM,
        "invalid-resources",
        lambda it: it.written != "0",
    ),
]



def _writes(pattern: str) -> Callable[[Manifest, list[Diagnostic]], bool]:
    """Whether all that is wrong is a value that is written so."""

    def admits(_: Manifest, errors: list[Diagnostic]) -> bool:
        return bool(errors) and all(re.fullmatch(pattern, it.written) for it in errors)

    return admits


DIFFERENCES = [
    Difference(
        "nul-in-a-string",
        "the schema refuses it only where a value has a pattern of its own",
        frozenset({"taplo", "tombi", "check-jsonschema", "ajv"}),
        lambda _, errors: any("NUL" in error.message for error in errors),
    ),
    Difference(
        "whole-float",
        "to JSON `2.0` is an integer",
        frozenset({"taplo", "check-jsonschema", "ajv"}),
        _writes(r"\d+\.0"),
    ),
    Difference(
        "date-is-a-string",
        "JSON has no dates; these tools make strings of them",
        frozenset({"taplo", "check-jsonschema"}),
        _writes(r"\d{4}-\d\d-\d\d"),
    ),
    Difference(
        "date-is-an-object",
        "JSON has no dates; the TOML reader before ajv makes objects of them",
        frozenset({"ajv"}),
        _writes(r"\d{4}-\d\d-\d\d"),
    ),
    Difference(
        "beyond-64-bits",
        "the TOML reader before ajv refuses the whole file, Python's takes any number",
        frozenset({"ajv", "check-jsonschema"}),
        lambda manifest, _: re.search(r"= \d{19,}$", manifest.text, re.MULTILINE) is not None,
    ),
    Difference(
        "toml-1-1",
        "the tool reads TOML 1.0 only",
        frozenset({"taplo", "check-jsonschema"}),
        lambda manifest, _: manifest.name == "own/good/toml-1-1",
    ),
]


def sayable(diagnostics: list[Diagnostic], used: set[str]) -> list[Diagnostic]:
    """The errors that a schema can say. Adds the names of the rows that it needed to `used`."""
    found = []
    for diagnostic in diagnostics:
        if diagnostic.code in UNSAID:
            continue
        rows = [
            row.name
            for row in BEYOND
            if row.code == diagnostic.code and row.admits(diagnostic)
        ]
        used.update(rows)
        if not rows:
            found.append(diagnostic)
    return found
