"""Runs what the pages show: writes their files, runs their commands, and compares the output.

usage: pages.py [--update] [--recorded | --engine | --builds] [PAGE...]

Each page of `docs`, except those of codes, and the README runs in a new directory `~/project`, with data,
records and a home directory of its own, on the local platform. Its fenced blocks count in their order:

- `console`: lines that begin with `$ ` are commands, with `> ` for further lines of one; the lines below a
  command are its output, on both streams. A line `…` is any number of lines.
- `sh`, and other languages with the directive `run`: run whole.
- `toml`, `dockerfile` and other languages that a reader copies need a directive that says what is done.
- Blocks of other languages, such as `text`, are not run, and show no commands.

Exported variables and the working directory last from one command to the next. A command that fails is an error
unless `exit` says so.

A directive is a comment above a block, which no reader sees:

    <!-- file: app.py -->          write the block to this file
    <!-- run: python3 -->          run the block with this command, which gets its file as argument
    <!-- manifest -->              a whole or partial manifest: `sbx check` finds no error in it
    <!-- exit: 1 -->               the (last) command ends with this code
    <!-- terminal: exit -->        the (last) command runs at a terminal, where this is typed; no output is shown
    <!-- tested by: PATH -->       another script of the tests runs this block, and names this page
    <!-- not run: REASON -->       a block that is no command and no manifest, such as a workflow's excerpt

And anywhere in a page:

    <!-- page: engine -->          needs a container engine
    <!-- page: engine with builds --> needs one that builds images, such as Docker with the plugin buildx
    <!-- page: copy examples/fastapi -->   begin with a copy of this directory
    <!-- page: tested by PATH -->  another script of the tests runs all blocks of this page, and names it
    <!-- setup: COMMAND -->        run this first, unseen, such as the start of a registry; may have several lines
    <!-- cd: DIRECTORY -->         blocks from here on run in this directory of `~`, which is made

With `--recorded`, pages that need no engine run; with `--engine`, those that need one; with `--builds`, those
that need one with builds. `--update` writes the output that was seen into a page that differs in more than IDs,
times and the like; a `…` stays where it agrees. On a page that builds, an output may have more lines than are
shown, and lines of programs within a build are not compared. In a setup, `$ROOT` is the repository.
`selftest.py` tests this program. Own code, since trycmd runs no shell and scrut wants fences that no renderer
knows.
"""

import argparse
import difflib
import itertools
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from markdown_it import MarkdownIt

ROOT = pathlib.Path(__file__).resolve().parents[2]
SBX = pathlib.Path(os.environ.get("SBX_PROGRAM", ROOT / "target/debug/sbx")).absolute()

COMMANDS = {"console", "sh", "bash", "shell"}
# Blocks that a reader copies.
COPIED = COMMANDS | {"toml", "dockerfile", "python", "js", "ts", "javascript", "typescript", "yaml", "json"}

DIRECTIVE = re.compile(r"<!--\s*([a-z ]+?)(?::\s+(.*?))?\s*-->", re.S)
ACTIONS = {"file", "run", "manifest", "tested by", "not run"}
OF_BLOCK = ACTIONS | {"exit", "terminal"}
OF_PAGE = {"engine", "copy", "tested by"}

# How long one command may take, and how long a background process has to end, in seconds.
COMMAND_LIMIT = 900
END_LIMIT = 30

# What differs between two runs, by what takes its place when two outputs are compared.
VOLATILE = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"\bsha256:[0-9a-f]{64}\b", "sha256:DIGEST"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\bsbx-[0-9a-f]{12,}\b", "sbx-DIGEST"),
    (r"\bsbx \d+\.\d+\.\d+\b", "sbx VERSION"),
    (r"\b(Docker|Podman) \d+\.[\w.+~-]+", "ENGINE"),
    (r"\blocalhost/sbx-[0-9a-f]{8}\b", "localhost/sbx-ID"),
    (r"\bi[0-9a-f]{20}\b", "SANDBOX"),
    (r"\b(?=[a-z]*[0-9])[a-z0-9]{20}\b", "TEMPLATE"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?", "TIME"),
    (r"\b\d+(\.\d+)? (?:ms|s|seconds?|minutes?|min)\b( ago)?", "DURATION"),
    (r"\b\d+m ?\d+s\b|\b\d+(\.\d+)?(ms|s)\b", "DURATION"),
    (r"(127\.0\.0\.1|localhost):\d{5}\b", r"\1:PORT"),
    # Sizes on disk. Memory is a whole number of MiB or GiB, and an archive's size is in bytes.
    (r"\b\d+\.\d+ [kKMGT]i?B\b|\b\d+ [kMGT]B\b", "SIZE"),
]


# A line of a program that a step or the start command runs.
PRINTED = re.compile(r"\] \[(stdout|stderr)\]: ")


class Failure(Exception):
    """What is wrong with a page."""


def in_one_order(output):
    """An output with the files that are uploaded at the same time in the order of their names."""
    lines = output.split("\n")
    grouped = itertools.groupby(lines, key=lambda line: line.startswith("uploaded "))
    return "\n".join(line for uploads, group in grouped for line in (sorted(group) if uploads else group))


def comparable(text):
    """The lines of a text, right-trimmed, with everything replaced that differs between two runs."""
    for pattern, by in VOLATILE:
        text = re.sub(pattern, by, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def pieces_of(lines):
    """The lines before, between and after the `…`."""
    pieces = [[]]
    for line in lines:
        if line.strip() == "…":
            pieces.append([])
        else:
            pieces[-1].append(line)
    return pieces


def shown_of(expected, actual):
    """The lines of an output that a page shows, with `…` for the others, or `None` if it shows another output."""
    first, *inner = pieces_of(comparable(expected))
    lines, raw = comparable(actual), actual.strip("\n").split("\n")
    if not inner:
        return raw if first == lines else None
    *inner, last = inner
    end = len(lines) - len(last)
    if len(first) > end or lines[: len(first)] != first or lines[end:] != last:
        return None
    shown, at = raw[: len(first)], len(first)
    for piece in inner:
        starts = range(at, end - len(piece) + 1)
        at = next((start for start in starts if lines[start : start + len(piece)] == piece), None)
        if at is None:
            return None
        shown += ["…", *raw[at : at + len(piece)]]
        at += len(piece)
    return [*shown, "…", *raw[end:]]


def found_of(expected, actual):
    """The lines of a page whose commands build, or `None` if one of them is not in the output, in their order.

    What programs print during a build depends on mirrors, caches and the time, as do the lines between those that
    are shown: neither is compared.
    """
    written, lines, raw = expected.strip("\n").split("\n"), comparable(actual), actual.strip("\n").split("\n")
    shown, at = [], 0
    for line, wanted in zip(written, comparable(expected)):
        if wanted in ("", "…") or PRINTED.search(wanted):
            shown.append(line)
            continue
        found = next((index for index in range(at, len(lines)) if lines[index] == wanted), None)
        if found is None:
            return None
        shown.append(raw[found])
        at = found + 1
    return shown


def commands_of(text):
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
    if not found:
        raise Failure("a console without a command, which begins with `$ `")
    return [(command, "\n".join(output).strip("\n")) for command, output in found]


class Block:
    """A fenced block with the directives of the comments above it."""

    def __init__(self, token, directives):
        self.language = (token.info.split() or [""])[0]
        self.text = token.content
        self.first, self.last = token.map
        self.directives = directives
        self.place = f"line {self.first + 1}"

    def action(self):
        """The directive that says what is done with the block, or `None` for a command or a text."""
        actions = [name for name in self.directives if name in ACTIONS]
        if len(actions) > 1:
            raise Failure(f"{self.place}: {' and '.join(actions)} exclude each other")
        action = actions[0] if actions else None
        runs = action == "run" or action is None and self.language in COMMANDS
        if "exit" in self.directives and not runs:
            raise Failure(f"{self.place}: `exit` is for a block that is run")
        if "terminal" in self.directives and (action or self.language != "console"):
            raise Failure(f"{self.place}: `terminal` is for a console")
        if action == "not run" and (self.language in COMMANDS or self.language == "toml"):
            raise Failure(f"{self.place}: commands and manifests are run")
        if action == "manifest" and self.language != "toml":
            raise Failure(f"{self.place}: a manifest is a block of `toml`")
        if action is None and not runs:
            if self.language in COPIED:
                raise Failure(f"{self.place}: a block of `{self.language}` without a directive")
            shown = re.search(r"^(\$|sbx) .*", self.text, re.M)
            if shown:
                raise Failure(f"{self.place}: a command that is not run, in a block of `{self.language}`: {shown[0]}")
        return action


def parts(text):
    """The directives for a page and its commands, and its blocks, in their order."""
    pending = {}
    for token in MarkdownIt().parse(text):
        for child in token.children or []:
            if child.type == "html_inline" and child.content.startswith("<!--"):
                raise Failure(f"a directive needs a line of its own: {child.content}")
        if token.type == "html_block":
            rest = DIRECTIVE.sub("", token.content)
            if "<!--" in rest and not rest.strip().startswith("<!-- Generated "):
                raise Failure(f"line {token.map[0] + 1}: no directive: {rest.strip()}")
            for name, value in DIRECTIVE.findall(token.content):
                if name in OF_BLOCK:
                    pending[name] = value
                elif name in ("setup", "cd", "page") and value:
                    yield name, value
                else:
                    raise Failure(f"line {token.map[0] + 1}: an unknown directive, or one without a value: {name}")
        elif token.type == "fence":
            yield "block", Block(token, pending)
            pending = {}
        elif pending and token.type in ("heading_open", "paragraph_open", "table_open"):
            raise Failure(f"line {token.map[0] + 1}: directives without a block: {', '.join(pending)}")
    if pending:
        raise Failure(f"directives without a block at the end: {', '.join(pending)}")


class Page:
    """A page that runs."""

    def __init__(self, path, update=False):
        self.path = path
        self.name = os.path.relpath(path, ROOT)
        self.update = update
        self.seen = []
        self.is_outdated = False
        self.failures = []
        self.blocks = 0
        self.commands = 0
        self.parts = []
        self.settings = {}
        try:
            self.parts = list(parts(path.read_text()))
            for kind, value in self.parts:
                if kind == "page":
                    self.set(value)
            if "tested by" not in self.settings:
                self.examine()
        except Failure as failure:
            self.failures.append(str(failure))

    def examine(self):
        """Reports every block whose directives are wrong, before anything runs."""
        for kind, value in self.parts:
            if kind == "block":
                try:
                    value.action()
                except Failure as failure:
                    self.failures.append(str(failure))

    def set(self, text):
        """Reads a directive for the whole page."""
        for name in OF_PAGE:
            if text == name or text.startswith(f"{name} "):
                value = text[len(name) :].strip()
                if name == "engine" and value not in ("", "with builds"):
                    break
                self.settings.setdefault(name, []).append(value)
                return
        raise Failure(f"an unknown directive for the page: {text}")

    def needs_engine(self):
        return "engine" in self.settings

    def needs(self):
        """The option that selects the page."""
        if not self.needs_engine():
            return "recorded"
        return "builds" if self.settings["engine"] == ["with builds"] else "engine"

    def run(self):
        if self.failures:
            return
        try:
            if "tested by" in self.settings:
                for other in self.settings["tested by"]:
                    self.tested_by(other)
            else:
                self.run_blocks()
        except Failure as failure:
            self.failures.append(str(failure))

    def run_blocks(self):
        with tempfile.TemporaryDirectory(prefix="sbx-page.") as directory:
            self.top = pathlib.Path(directory)
            self.home = self.top / "home"
            self.at = self.home / "project"
            self.at.mkdir(parents=True)
            for source in self.settings.get("copy", []):
                shutil.copytree(ROOT / source, self.at, dirs_exist_ok=True)
            try:
                for kind, value in self.parts:
                    if kind == "cd":
                        self.at = self.home / value
                        self.at.mkdir(parents=True, exist_ok=True)
                    elif kind == "setup":
                        self.succeed(value, "the setup")
                    elif kind == "block":
                        self.block(value)
            finally:
                self.end_processes()
                self.remove_images()
        if self.is_outdated:
            lines = self.path.read_text().split("\n")
            for first, last, new in reversed(self.seen):
                lines[first:last] = new
            self.path.write_text("\n".join(lines))

    def tested_by(self, other):
        path = ROOT / other
        if not path.is_file() or self.name not in path.read_text():
            raise Failure(f"`{other}` does not name {self.name}")

    def environment(self):
        kept = {"PATH", "LANG"}
        if self.needs_engine():
            kept |= {"SBX_ENGINE_NETWORK", "SBX_ENGINE_ARGS", "DOCKER_HOST", "DOCKER_CONFIG"}
        # What reaches package registries through a proxy.
        network = re.compile(r"(?i).*_proxy$|.*CERT.*|pip_.*|npm_config.*")
        chosen = {name: value for name, value in os.environ.items() if name in kept or network.fullmatch(name)}
        chosen["PATH"] = f"{self.home / '.local/bin'}:{SBX.parent}:{chosen['PATH']}"
        return chosen | {
            "HOME": str(self.home),
            "ROOT": str(ROOT),
            "SBX_PLATFORM": "local",
            "SBX_ENGINE": os.environ.get("SBX_ENGINE", "auto") if self.needs_engine() else "none",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "100",
        }

    def process(self, script):
        """Runs a script; variables, the directory and background processes stay for those after it."""
        variables, directory = self.top / "variables", self.top / "directory"
        restore = f". {variables}\n" if variables.exists() else ""
        script = f"{restore}cd {self.at}\nset -e\n{script}\nset +e\nexport -p >{variables}\npwd >{directory}\n"
        # What stays in the background keeps writing to the file of its own command.
        self.commands += 1
        output = self.top / f"output-{self.commands}"
        with output.open("wb") as file:
            try:
                code = subprocess.run(
                    ["bash", "-c", script],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    env=self.environment(),
                    timeout=COMMAND_LIMIT,
                    process_group=0,
                ).returncode
            except subprocess.TimeoutExpired:
                code = f"none within {COMMAND_LIMIT} s"
        if directory.exists():
            self.at = pathlib.Path(directory.read_text().strip())
            directory.unlink()
        return code, output.read_text(errors="replace").replace(str(self.home), "~")

    def succeed(self, script, what, wanted=0):
        code, text = self.process(script)
        if code != wanted:
            raise Failure(f"{what} ended with {code} instead of {wanted}:\n{script}\n{text}")

    def own_processes(self):
        """The processes that the page has left in the background."""
        mark = f"HOME={self.home}".encode()
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        yield int(entry.name)
                except OSError:
                    pass

    def end_processes(self):
        deadline = time.monotonic() + END_LIMIT
        while left := list(self.own_processes()):
            is_late = time.monotonic() > deadline
            for process in left:
                try:
                    os.kill(process, signal.SIGKILL if is_late else signal.SIGTERM)
                except ProcessLookupError:
                    pass
            time.sleep(0.2)

    def remove_images(self):
        """Removes the page's templates from the engines; what all data directories share stays."""
        for file in self.home.rglob("engine-id"):
            reference = f"localhost/sbx-{file.read_text().strip()}/*"
            for engine in filter(shutil.which, ("docker", "podman")):
                listed = subprocess.run(
                    [engine, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={reference}"],
                    capture_output=True,
                    text=True,
                )
                if listed.stdout.split():
                    subprocess.run([engine, "image", "rm", "--force", *listed.stdout.split()], capture_output=True)

    def block(self, block):
        action = block.action()
        value = block.directives.get(action)
        wanted = int(block.directives.get("exit", 0))
        if action == "not run" or action is None and block.language not in COMMANDS:
            return
        self.blocks += 1
        if action == "tested by":
            self.tested_by(value)
        elif action == "file":
            target = self.at / value
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
            if block.text.startswith("#!"):
                target.chmod(0o755)
        elif action == "manifest":
            self.manifest(block)
        elif action == "run":
            program = self.top / "program"
            program.write_text(block.text)
            self.succeed(f"{value} {program}", block.place, wanted)
        elif block.language == "console":
            self.console(block, wanted)
        else:
            self.succeed(block.text, block.place, wanted)

    def manifest(self, block):
        """Checks a manifest, or a part of one with the keys that each needs."""
        text = block.text
        head = re.split(r"^\[", text, maxsplit=1, flags=re.M)[0]
        if not re.search(r"^(from\b|\[from\])", text, re.M):
            text = 'from.image = "debian:12"\n' + text
        if not re.search(r"^name\b", head, re.M):
            text = 'name = "page"\n' + text
        code, output = self.process(f"{SBX} check - <<'SBX-PAGE'\n{text}SBX-PAGE\n")
        if code != 0:
            raise Failure(f"{block.place}: not a valid manifest:\n{output}")

    def console(self, block, wanted):
        try:
            commands = commands_of(block.text)
        except Failure as failure:
            raise Failure(f"{block.place}: {failure}") from None
        new = []
        for index, (command, expected) in enumerate(commands):
            is_last = index == len(commands) - 1
            due = wanted if is_last else 0
            if is_last and "terminal" in block.directives:
                if expected:
                    raise Failure(f"{block.place}: the output of a terminal is not compared, so none is shown")
                typed, quoted = shlex.quote(block.directives["terminal"]), shlex.quote(command)
                self.succeed(f"echo {typed} | script -qec {quoted} /dev/null", f"{block.place}: `{command}`", due)
                code, text = due, expected
            else:
                code, text = self.process(command)
            if code != due:
                raise Failure(f"{block.place}: `{command}` ended with {code} instead of {due}:\n{text}")
            expected, text = in_one_order(expected), in_one_order(text)
            shown = (found_of if self.needs_engine() else shown_of)(expected, text)
            if shown is None and self.update:
                self.is_outdated = True
            elif shown is None:
                lines = difflib.unified_diff(comparable(expected), comparable(text), "page", "run", lineterm="")
                self.failures.append(f"{block.place}: `{command}`:\n" + "\n".join(lines))
            new.append("$ " + command.replace("\n", "\n> "))
            new += [] if not text.strip() else shown or text.strip("\n").split("\n")
        self.seen.append((block.first + 1, block.last - 1, new))


def pages(names):
    if names:
        return [pathlib.Path(name).absolute() for name in names]
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in found if path.parent.name != "codes"]


def main():
    parser = argparse.ArgumentParser(usage="pages.py [--update] [--recorded | --engine | --builds] [PAGE...]")
    parser.add_argument("--update", action="store_true")
    needs = parser.add_mutually_exclusive_group()
    for option in ("recorded", "engine", "builds"):
        needs.add_argument(f"--{option}", dest="needs", action="store_const", const=option)
    parser.add_argument("pages", nargs="*")
    options = parser.parse_args()
    count = failed = blocks = 0
    for path in pages(options.pages):
        page = Page(path, options.update)
        if options.needs not in (None, page.needs()):
            continue
        begun = time.monotonic()
        page.run()
        count += 1
        failed += bool(page.failures)
        blocks += page.blocks
        outcome = "FAILED" if page.failures else "ok"
        print(f"{outcome} {page.name}: {page.blocks} blocks, {time.monotonic() - begun:.1f} s", flush=True)
        for failure in page.failures:
            print("    " + failure.replace("\n", "\n    "), flush=True)
    print(f"{count} pages with {blocks} blocks, {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
