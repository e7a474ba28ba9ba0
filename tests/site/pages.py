"""Runs what the pages show: writes their files, runs their commands, and compares the output.

usage: pages.py [--update] [--recorded | --engine] [PAGE...]

Each page of `docs` and the README runs in a new directory, with data, records and a home directory
of its own, on the local platform. Its fenced blocks count in their order:

- `console`: lines that begin with `$ ` are commands, with `> ` for further lines of one; the lines below a
  command are its output, on both streams. A line `…` is any number of lines.
- `sh`, and `python` and `js` with a directive: run whole; a failure is an error.
- `toml`, `dockerfile` and others are written to a file if the directive before them names one.

A directive is a comment on the line above a block, which no reader sees:

    <!-- file: app.py -->          write the block to this file
    <!-- run: python3 -->          run the block with this command, which gets its file as argument
    <!-- manifest -->              a whole or partial manifest: `sbx check` finds no error in it
    <!-- exit: 1 -->               the (last) command ends with this code
    <!-- tested by: PATH -->       another script of the tests runs this block, and names this page
    <!-- not run: REASON -->       a block that is no command and no manifest, such as a workflow's excerpt

And anywhere in a page, each on a line of its own:

    <!-- page: engine -->          needs a container engine
    <!-- page: copy examples/fastapi -->   begin with a copy of this directory
    <!-- page: tested by PATH -->      another script runs all blocks of this page, and names it
    <!-- setup: COMMAND -->        run this first, unseen, such as the start of a registry
    <!-- cd: DIRECTORY -->         blocks from here on run in this directory, which is made

With `--recorded`, pages that need no engine run; with `--engine`, the others. `--update` writes the
output that was seen into the page, unless it is equal after what differs between two runs is
replaced. Own code, since trycmd runs no shell and scrut wants fences that no renderer knows.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from markdown_it import MarkdownIt

ROOT = pathlib.Path(__file__).resolve().parents[2]
SBX = pathlib.Path(os.environ.get("SBX_PROGRAM", ROOT / "target/debug/sbx"))
DIRECTIVE = re.compile(r"<!-- ([a-z ]+?)(?:: (.*?))? -->")
COMMANDS = {"console", "sh", "bash"}
# Blocks that a reader may copy; another language needs no directive.
COPIED = COMMANDS | {"toml", "dockerfile", "python", "js", "ts", "javascript", "typescript", "yaml", "json"}
WITHIN = 900

# What differs between two runs, by what takes its place when two outputs are compared.
VOLATILE = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"\bsha256:[0-9a-f]{64}\b", "sha256:DIGEST"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\bsbx-[0-9a-f]{12,}\b", "sbx-DIGEST"),
    (r"\bi[0-9a-f]{20}\b", "SANDBOX"),
    (r"\b(?=[a-z]*[0-9])[a-z0-9]{20}\b", "TEMPLATE"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?", "TIME"),
    (r"\b\d+ (?:ms|s|seconds?|minutes?|min)\b( ago)?", "DURATION"),
    (r"\b\d+m ?\d+s\b|\b\d+(\.\d+)?(ms|s)\b", "DURATION"),
    (r"(127\.0\.0\.1|localhost):\d{5}\b", r"\1:PORT"),
    (r"\b\d+(\.\d+)? (?:[kKMG]i?B|bytes?)\b", "SIZE"),
]


class Failure(Exception):
    """What is wrong with a page."""


def fixed(text):
    """A text with everything replaced that differs between two runs, and each line right-trimmed."""
    for pattern, by in VOLATILE:
        text = re.sub(pattern, by, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def agrees(expected, actual):
    """Whether the lines are equal, where `…` is any number of lines."""
    if not expected:
        return not actual
    if expected[0].strip() == "…":
        return any(agrees(expected[1:], actual[start:]) for start in range(len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and agrees(expected[1:], actual[1:])


def console(text):
    """The commands of a console block, each with its output."""
    found = []
    for line in text.split("\n"):
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            raise Failure(f"output before the first command: {line}")
    return [(command, "\n".join(output).strip("\n")) for command, output in found]


class Block:
    """A fenced block with the directives of the comments right above it."""

    def __init__(self, token, directives):
        self.language = (token.info.split() or [""])[0]
        self.text = token.content
        self.first, self.last = token.map
        self.directives = directives


def parts(text):
    """The blocks of a page, and the directives that are for what follows."""
    pending = {}
    for token in MarkdownIt().parse(text):
        if token.type == "html_block":
            for name, value in DIRECTIVE.findall(token.content):
                if name in ("setup", "cd"):
                    yield name, value
                elif name != "page":
                    pending[name] = value
        elif token.type == "fence":
            yield "block", Block(token, pending)
            pending = {}
        elif token.type == "heading_open":
            if pending:
                raise Failure(f"directives without a block: {pending}")


class Page:
    """A page that runs."""

    def __init__(self, path, update):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text()
        self.update = update
        self.replaced = []
        self.failures = []
        self.ran = 0

    def of_page(self, name):
        return re.findall(rf"<!-- page: {name} ?(.*?) -->", self.text)

    def needs_engine(self):
        return bool(self.of_page("engine"))

    def run(self):
        for other in self.of_page("tested by"):
            self.tested_by(other)
            return
        with tempfile.TemporaryDirectory(prefix="sbx-page.") as directory:
            # The path of a page's project is the same in each run.
            self.top = pathlib.Path(directory)
            self.home = self.top / "home"
            self.at = self.home / "project"
            self.at.mkdir(parents=True)
            for source in self.of_page("copy"):
                shutil.copytree(ROOT / source, self.at, dirs_exist_ok=True)
            try:
                for kind, value in parts(self.text):
                    if kind == "cd":
                        self.at = self.home / value
                        self.at.mkdir(parents=True, exist_ok=True)
                    elif kind == "setup":
                        self.shell(value, "the setup")
                    else:
                        self.block(value)
            except Failure as failure:
                self.failures.append(str(failure))
            finally:
                self.shell_end()
        if self.update and self.replaced:
            lines = self.text.split("\n")
            for first, last, new in reversed(self.replaced):
                lines[first:last] = new
            self.path.write_text("\n".join(lines))

    def tested_by(self, other):
        if not (ROOT / other).exists() or self.name not in (ROOT / other).read_text():
            raise Failure(f"{other} does not name {self.name}")

    def environment(self):
        kept = ("PATH", "LANG", "SBX_ENGINE_NETWORK", "SBX_ENGINE_ARGS", "DOCKER_HOST", "DOCKER_CONFIG")
        proxies = [name for name in os.environ if name.lower().endswith("_proxy") or "CERT" in name or name.startswith("PIP_") or name.lower().startswith("npm_config")]
        chosen = {name: os.environ[name] for name in (*kept, *proxies) if name in os.environ}
        chosen["PATH"] = f"{self.top / 'bin'}:{SBX.parent}:{chosen['PATH']}"
        return chosen | {
            "HOME": str(self.home), "SBX_PLATFORM": "local", "NO_COLOR": "1", "TERM": "dumb",
            "SBX_ENGINE": os.environ.get("SBX_ENGINE", "auto") if self.needs_engine() else "none",
            "COLUMNS": "100", "ROOT": str(ROOT), "GIT_CONFIG_GLOBAL": "/dev/null",
        }

    def process(self, script):
        """Runs a script; variables and background processes stay for the scripts after it."""
        saved = self.top / "variables"
        before = f". {saved}\n" if saved.exists() else ""
        script = f"{before}set -e\ncd {self.at}\n{script}\nstatus=$?\nexport -p >{saved}\nexit $status\n"
        out = self.top / "output"
        with out.open("wb") as file:
            try:
                ended = subprocess.run(
                    ["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                    env=self.environment(), timeout=WITHIN, cwd=self.at, process_group=0,
                )
                code = ended.returncode
            except subprocess.TimeoutExpired:
                code = f"none within {WITHIN} s"
        text = out.read_text(errors="replace").replace(str(self.home), "~")
        return code, text

    def shell(self, script, what):
        code, text = self.process(script)
        if code != 0:
            raise Failure(f"{what} ended with {code}: {script}\n{text}")

    def shell_end(self):
        """Ends what the page has started in the background."""
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if f"HOME={self.home}".encode() in variables:
                try:
                    os.kill(int(entry.name), 15)
                except ProcessLookupError:
                    pass

    def block(self, block):
        directives = block.directives
        if "tested by" in directives:
            return self.tested_by(directives["tested by"])
        if "not run" in directives:
            if block.language in COMMANDS or block.language == "toml":
                raise Failure(f"line {block.first + 1}: a command or manifest is run: {directives['not run']}")
            return None
        self.ran += 1
        wanted = int(directives.get("exit", 0))
        if "file" in directives:
            target = self.at / directives["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
            if target.suffix == ".sh" or block.text.startswith("#!"):
                target.chmod(0o755)
        elif "manifest" in directives:
            self.manifest(block)
        elif "run" in directives:
            target = self.top / "program"
            target.write_text(block.text)
            self.shell(f"{directives['run']} {target}", f"the block of line {block.first + 1}")
        elif block.language == "console":
            self.console(block, wanted)
        elif block.language in COMMANDS:
            code, text = self.process(block.text)
            if code != wanted:
                raise Failure(f"line {block.first + 1}: ended with {code}:\n{block.text}\n{text}")
        elif block.language in COPIED:
            raise Failure(f"line {block.first + 1}: a block of {block.language} without a directive")
        else:
            self.ran -= 1
        return None

    def manifest(self, block):
        """A part of a manifest gets the keys that each needs."""
        text = block.text
        head = re.split(r"^\[\[|^\[", text, maxsplit=1, flags=re.M)[0]
        if not re.search(r"^name\b", head, re.M):
            text = 'name = "page"\n' + text
        if not re.search(r"^(from\b|\[from\])", text, re.M):
            text = re.sub(r'^(name .*\n)', r'\1from.image = "debian:12"\n', text, count=1, flags=re.M)
        code, output = self.process(f"{SBX} check --no-image-check - <<'SBX-PAGE'\n{text}SBX-PAGE\n")
        if code != 0:
            raise Failure(f"line {block.first + 1}: no valid manifest:\n{output}")

    def console(self, block, wanted):
        commands = console(block.text)
        new, same = [], True
        for index, (command, expected) in enumerate(commands):
            code, text = self.process(command)
            last = index == len(commands) - 1
            if code != (wanted if last else 0):
                raise Failure(f"line {block.first + 1}: `{command}` ended with {code}:\n{text}")
            is_equal = agrees(fixed(expected), fixed(text))
            new.append("$ " + command.replace("\n", "\n> "))
            new += (expected if is_equal else text.strip("\n")).split("\n") if (expected or text.strip()) else []
            if not is_equal:
                same = False
                if not self.update:
                    difference = difflib.unified_diff(fixed(expected), fixed(text), "page", "run", lineterm="")
                    self.failures.append(f"line {block.first + 1}: `{command}`:\n" + "\n".join(difference))
        if not same:
            self.replaced.append((block.first + 1, block.last - 1, "\n".join(new).split("\n")))


def pages(names):
    if names:
        return [ROOT / name for name in names]
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in found if path.parent.name != "codes"]


def main():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    failed = ran = 0
    for path in pages(names):
        page = Page(path, "--update" in options)
        if "--recorded" in options and page.needs_engine() or "--engine" in options and not page.needs_engine():
            continue
        page_failures = page.failures
        try:
            page.run()
        except Failure as failure:
            page_failures.append(str(failure))
        failed += bool(page_failures)
        ran += page.ran
        print(f"{'FAILED' if page_failures else 'ok'} {page.name}: {page.ran} blocks", flush=True)
        for failure in page_failures:
            print("    " + failure.replace("\n", "\n    "), flush=True)
    print(f"{ran} blocks, {failed} pages failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
