"""Runs `sbx check` and the validators over all manifests at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Schema = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """What a tool says: the line, from 1, or the way to the value, or neither."""

    message: str
    line: int | None = None
    path: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Diagnostic:
    """An error of `sbx` in the manifest, with the text that it points at."""

    code: str
    message: str
    line: int
    written: str


Findings = dict[str, list[Finding]]


class Failed(Exception):
    """A tool did not do its work."""


@dataclass(frozen=True)
class Tools:
    """Where the tools are, and where the manifests."""

    installed: Path
    sbx: Path
    corpus: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a command in the corpus, far from any configuration of this machine."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.corpus / "home"),
            "SBX_NO_IMAGE_CHECK": "1",
            "TOMBI_OFFLINE": "1",
        }
        return subprocess.run(
            arguments,
            cwd=self.corpus,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def program(self, name: str) -> str:
        """A program of the virtual environment."""
        return str(self.installed / "venv" / "bin" / name)


def check(tools: Tools, files: list[str], texts: list[str]) -> dict[str, list[Diagnostic]]:
    """What `sbx check` reports as errors in the manifests themselves."""
    ran = tools.run(str(tools.sbx), "check", "--format", "json", *files)
    if ran.returncode not in (0, 1):
        raise Failed(f"sbx: {ran.stderr}")
    found: dict[str, list[Diagnostic]] = {file: [] for file in files}
    of = {file: text.encode() for file, text in zip(files, texts)}
    for it in json.loads(ran.stdout)["diagnostics"]:
        if it["severity"] != "error" or it["file"] not in found:
            continue
        span = it["range"] or {"start": {"line": 1, "offset": 0}, "end": {"offset": 0}}
        written = of[it["file"]][span["start"]["offset"] : span["end"]["offset"]]
        found[it["file"]].append(
            Diagnostic(it["code"], it["message"], span["start"]["line"], written.decode())
        )
    return found


def taplo(tools: Tools, files: list[str], schema: Schema) -> Findings:
    """taplo, the server behind Even Better TOML. It repeats an error at every part of a value."""
    path = tools.corpus / "taplo.schema.json"
    path.write_text(json.dumps(schema))
    ran = tools.run(
        *(tools.program("taplo"), "lint", "--colors", "never", "--no-auto-config"),
        *("--schema", path.as_uri(), *files),
    )
    found: Findings = {file: [] for file in files}
    place = re.compile(r"^ +┌─ (.*):(\d+):\d+$")
    message = ""
    for line in ran.stderr.splitlines():
        if line.startswith("error: "):
            message = line.removeprefix("error: ")
        elif hit := place.match(line):
            file = str(Path(hit[1]).relative_to(tools.corpus))
            found[file].append(Finding(message, line=int(hit[2])))
        elif failed := re.match(r'ERROR .*error=(.*) path="(.*)"$', line):
            file = str(Path(failed[2]).relative_to(tools.corpus))
            if not found[file]:
                found[file].append(Finding(failed[1]))
    if "found files total=" not in ran.stderr:
        raise Failed(f"taplo: {ran.stderr}")
    return found


def tombi_configuration() -> str:
    """The `tombi.toml` of docs/editors.md, with this run's schema."""
    page = (Path(__file__).resolve().parents[2] / "docs/editors.md").read_text()
    found = re.search(r"^```toml\n(\[\[schemas\]\]\n.*?)^```", page, re.M | re.S)
    assert found, "docs/editors.md shows no tombi.toml"
    text = found[1].replace("schema/sandbox.schema.json", "tombi.schema.json")
    assert "tombi.schema.json" in text, text
    return text


def tombi(tools: Tools, files: list[str], schema: Schema) -> Findings:
    """tombi. A warning is a fault as well: a good manifest draws none."""
    (tools.corpus / "tombi.schema.json").write_text(json.dumps(schema))
    (tools.corpus / "tombi.toml").write_text(tombi_configuration())
    report = tools.corpus / "tombi.json"
    report.unlink(missing_ok=True)
    ran = tools.run(
        *(tools.program("tombi"), "lint", "--offline", "--no-cache", "--quiet"),
        *("--diagnostics-format", "json", "--diagnostics-file", str(report), *files),
    )
    if ran.returncode not in (0, 1) or not report.exists():
        raise Failed(f"tombi: {ran.stderr}")
    found: Findings = {file: [] for file in files}
    for it in json.loads(report.read_text()):
        found[it["path"]].append(Finding(it["message"], line=it["range"]["start"]["line"]))
    return found


def check_jsonschema(tools: Tools, files: list[str], schema: Schema) -> Findings:
    """check-jsonschema, for pre-commit hooks."""
    path = tools.corpus / "check-jsonschema.schema.json"
    path.write_text(json.dumps(schema))
    ran = tools.run(
        *(tools.program("check-jsonschema"), "--schemafile", str(path)),
        *("--output-format", "json", "--force-filetype", "toml", *files),
    )
    if ran.returncode not in (0, 1):
        raise Failed(f"check-jsonschema: {ran.stderr}")
    report = json.loads(ran.stdout)
    found: Findings = {file: [] for file in files}
    for it in report["parse_errors"]:
        found[it["filename"]].append(Finding(it["message"]))
    for it in report["errors"]:
        # `$.steps[0].apt`; a name that is none of a key is quoted in brackets.
        parts = re.findall(r"\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]", it["path"])
        way = tuple("".join(part) for part in parts)
        found[it["filename"]].append(Finding(it["message"], path=way))
    return found


class Ajv:
    """ajv, the validator of most other editors; it stays, because it is asked often."""

    def __init__(self, tools: Tools) -> None:
        self.corpus = tools.corpus
        self.process = subprocess.Popen(
            ["node", str(HERE / "ajv.mjs"), str(tools.installed.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request: Any) -> Any:
        """Sends a request and waits for its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        request["files"] = [str(self.corpus / file) for file in request["files"]]
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed("ajv did not answer")
        return json.loads(answer)

    def __call__(self, _: Tools, files: list[str], schema: Schema) -> Findings:
        answer = self.ask(schema=schema, files=files)
        return {
            file: [
                Finding(
                    it["message"],
                    line=it.get("line"),
                    path=tuple(it["path"]) if "path" in it else None,
                )
                for it in findings
            ]
            for file, findings in zip(files, answer)
        }

    def close(self) -> None:
        """Lets it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


Validator = Callable[[Tools, list[str], Schema], Findings]


def validate(
    tools: Tools, validators: dict[str, Validator], files: list[str], schema: Schema
) -> dict[str, Findings]:
    """What every validator says."""
    with ThreadPoolExecutor() as pool:
        running = {
            name: pool.submit(validator, tools, files, schema)
            for name, validator in validators.items()
        }
        return {name: future.result() for name, future in running.items()}
