"""What the program of a release is optimized for: training.py PROGRAM

Runs an instrumented program as people use it, on what the repository has: manifests are checked,
exported, formatted and edited, Dockerfiles imported, and templates with many files built on the local
platform, without a container engine. What runs often here is optimized for speed, what does not run is
not. So a part whose speed matters must run here."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

from lsp import Server, typed  # noqa: E402

# Steps of every kind, which a long manifest repeats.
STEPS = """
[[steps]]
apt = ["git", "curl", "build-essential=12.9"]

[[steps]]
# The project's own packages.
pip = ["fastapi==0.115.0", "uvicorn>=0.30"]
user = "root"

[[steps]]
run = ["make -j4 all", "make install"]
label = "build"

[[steps]]
run = '''
set -eu
for name in one two three; do
  if [ -e "/srv/$name" ]; then echo "$name" >> /srv/names; fi
done
curl -fsSL https://example.com/tool.tar.gz | tar -xz -C /usr/local
cd /srv && npm ci --omit=dev && export PATH="$PATH:/srv/bin"
'''

[[steps]]
env = { LEVEL = "info", TARGET = "${APP_ENV}/x" }

[[steps]]
copy = "src"
to = "/srv/src"
mode = 0o755

[[steps]]
mkdir = "/var/lib/app"

[[steps]]
npm = ["typescript@5.6.2", "tsx"]

[[steps]]
git = "https://example.com/a/b.git"
to = "/srv/b"
depth = 1

[[steps]]
workdir = "/srv/app"
"""

HEAD = """name = "example"
tags = ["v1.0.0", "default"]
workdir = "/srv"

[from]
python = "3.12"

[env]
APP_ENV = "production"
HOME_DIR = "/srv/$APP_ENV"
"""


class Trainer:
    """Runs the program in a directory of its own, without a network."""

    def __init__(self, program: str, work: Path) -> None:
        self.program = program
        self.work = work
        kept = {name: value for name, value in os.environ.items() if name.startswith("LLVM_")}
        self.env = kept | {
            "PATH": os.environ["PATH"],
            "HOME": str(work),
            "SBX_ENGINE": "none",
            "SBX_DATA": str(work / "data"),
        }

    def run(self, *arguments: str, cwd: Path = ROOT, times: int = 1, most: int = 1) -> None:
        """Runs a command, which may find problems unless `most`, the highest exit code, is zero."""
        for _ in range(times):
            ran = subprocess.run(
                [self.program, *arguments],
                cwd=cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            if not 0 <= ran.returncode <= most:
                sys.exit(f"training: {arguments} ended with {ran.returncode}: {ran.stderr.decode()}")

    def project(self, name: str, steps: int, files: int) -> Path:
        """A directory with a manifest and the files that it copies."""
        project = self.work / name
        chance = random.Random(1)
        words = [f"word{number}" for number in range(500)]
        for number in range(files):
            folder = project / "src" / f"d{number // 100}"
            folder.mkdir(parents=True, exist_ok=True)
            text = " ".join(chance.choices(words, k=400))
            (folder / f"f{number}.py").write_text(text)
        project.mkdir(exist_ok=True)
        (project / "sandbox.toml").write_text(HEAD + STEPS * steps)
        return project


def manifests(trainer: Trainer) -> None:
    """Manifests of people, and those that the tests have: checked, formatted, exported, imported."""
    folders = ("tests/corpus", "examples")
    found = [path for folder in folders for path in sorted(ROOT.glob(f"{folder}/*/sandbox.toml"))]
    for manifest in map(str, found):
        trainer.run("check", manifest)
        trainer.run("check", "--format", "json", manifest)
        trainer.run("fmt", "--diff", manifest)
        trainer.run("compile", manifest)
    trainer.run("check", *map(str, found), times=5)
    for manifest in map(str, found[::10]):
        for target in ("dockerfile", "python", "typescript"):
            trainer.run("export", target, manifest)
    for dockerfile in sorted(ROOT.glob("tests/**/Dockerfile*")):
        trainer.run("import", str(dockerfile), "--output", "-")
    trainer.run("schema", times=3)
    trainer.run("explain", times=3)
    trainer.run("--help", times=10)


def long_manifests(trainer: Trainer) -> None:
    """Manifests of a thousand and of many thousand lines, formatted and not."""
    for name, steps, times in (("lines", 25, 20), ("large", 1500, 5)):
        project = trainer.project(name, steps, 100)
        trainer.run("check", cwd=project, times=times)
        trainer.run("check", "--format", "json", cwd=project, times=times)
        trainer.run("fmt", "--check", cwd=project, times=times)
        trainer.run("compile", cwd=project, times=times)
        manifest = project / "sandbox.toml"
        manifest.write_text(manifest.read_text().replace(" = ", "=").replace("\n\n", "\n"))
        trainer.run("fmt", "--check", cwd=project, times=times * 2)


def editor(trainer: Trainer) -> None:
    """A session of an editor, which types, asks and formats."""
    project = trainer.project("edited", 25, 5000)
    text = (project / "sandbox.toml").read_text()
    server = Server([trainer.program, "lsp"], project, trainer.env)
    server.begin()
    server.show(text)
    time.sleep(3)
    document = {"uri": (project / "sandbox.toml").as_uri()}
    for count in range(200):
        server.show(typed(text, count))
        place = {"line": count * 2, "character": count % 12}
        if count % 4 == 0:
            whole = {"start": {"line": 0, "character": 0}, "end": {"line": 900, "character": 0}}
            at = {"textDocument": document, "position": place}
            server.request("textDocument/completion", at)
            server.request("textDocument/hover", at)
            part = {"textDocument": document, "range": whole}
            server.request("textDocument/codeAction", part | {"context": {"diagnostics": []}})
            server.request("textDocument/inlayHint", part)
            server.request("textDocument/documentSymbol", {"textDocument": document})
    options = {"tabSize": 2, "insertSpaces": True}
    server.request("textDocument/formatting", {"textDocument": document, "options": options})
    server.end()


def builds(trainer: Trainer) -> None:
    """Templates with many files on the local platform, new and unchanged."""
    project = trainer.project("copied", 1, 4000)
    (project / "src" / "large.bin").write_bytes(random.Random(2).randbytes(8 << 20))
    (project / "sandbox.toml").write_text(HEAD + '[[steps]]\ncopy = "src"\nto = "/srv/src"\n')
    for change in range(3):
        (project / "src" / "new.py").write_text(f"change = {change}\n" * 1000)
        for command in ("apply", "apply", "plan", "plan", "status", "logs", "list"):
            trainer.run(command, "--platform", "local", cwd=project, most=0)


def main() -> None:
    """Runs everything."""
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        trainer = Trainer(program, Path(work))
        for part in (manifests, long_manifests, editor, builds):
            begun = time.monotonic()
            part(trainer)
            print(f"{part.__name__}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
