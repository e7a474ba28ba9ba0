"""Manifests of all sizes as whole processes: `sbx compile` beside the SDKs, which are asked for the
same build, and `sbx check` beside `taplo check --schema`, which holds a manifest against its schema
alone."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from compare import SDKS, Command, Goal, compare, options, rounds, run, tell

# The workspace: manifests, and the lines of each in turn.
MANIFESTS, LINES = 1000, (20, 40, 60, 80, 100)

SMALL = """name = "small"
from = "python:3.12"
workdir = "/home/user/app"

[[steps]]
copy = "requirements.txt"
to = "/home/user/app/"

[[steps]]
run = "pip install --no-cache-dir -r requirements.txt"
user = "root"

[[steps]]
copy = "app.py"
to = "/home/user/app/"

[start]
cmd = "uvicorn app:app --host 0.0.0.0 --port 8000"

[ready]
url = "http://localhost:8000/health"
"""

SMALL_PYTHON = """
template = (
    Template(file_context_path=".")
    .from_image("python:3.12")
    .set_workdir("/home/user/app")
    .copy("requirements.txt", "/home/user/app/")
    .run_cmd("pip install --no-cache-dir -r requirements.txt", user="root")
    .copy("app.py", "/home/user/app/")
    .set_start_cmd(
        "uvicorn app:app --host 0.0.0.0 --port 8000", wait_for_url("http://localhost:8000/health")
    )
)
"""

SMALL_NODE = """
const template = Template({ fileContextPath: '.' })
  .fromImage('python:3.12')
  .setWorkdir('/home/user/app')
  .copy('requirements.txt', '/home/user/app/')
  .runCmd('pip install --no-cache-dir -r requirements.txt', { user: 'root' })
  .copy('app.py', '/home/user/app/')
  .setStartCmd(
    'uvicorn app:app --host 0.0.0.0 --port 8000', waitForURL('http://localhost:8000/health')
  )
"""

LARGE = 'name = "large"\nfrom = "python:3.12"\n' + "".join(
    f'\n[[steps]]\nrun = "python3 -m tool{at} --level {at % 7} > /var/log/tool{at}.log"\n'
    for at in range(1000)
)

LARGE_PYTHON = """
template = Template(file_context_path=".").from_image("python:3.12")
for at in range(1000):
    template = template.run_cmd(f"python3 -m tool{at} --level {at % 7} > /var/log/tool{at}.log")
"""

LARGE_NODE = """
let template = Template({ fileContextPath: '.' }).fromImage('python:3.12')
for (let at = 0; at < 1000; at++) {
  template = template.runCmd(`python3 -m tool${at} --level ${at % 7} > /var/log/tool${at}.log`)
}
"""

PYTHON = """
from {package} import Template, wait_for_url
{template}
# Where this SDK would ask a registry what the image declares.
if hasattr(template._template, "_inherit_image_config"):
    template._template._inherit_image_config = False
print(Template.to_json(template))
"""

NODE = """
import {{ Template, waitForURL }} from 'e2b'
{template}
console.log(await Template.toJSON(template))
"""


def same(name: str, ours: str, theirs: str) -> None:
    """Both made the same request; what `sbx` was asked to leave out is empty."""
    if json.loads(ours) != json.loads(theirs):
        sys.exit(f"{name} compiles something else:\n{ours}\n{theirs}")


def main() -> None:
    given = options()
    sbx, work = given.sbx, given.work
    os.environ["XDG_CACHE_HOME"] = str(work / "cache")
    node = given.tools / "bench"
    node.mkdir(exist_ok=True)
    for size, manifest, python, javascript in (
        ("small", SMALL, SMALL_PYTHON, SMALL_NODE),
        ("large", LARGE, LARGE_PYTHON, LARGE_NODE),
    ):
        root: Path = work / size
        root.mkdir()
        (root / "sandbox.toml").write_text(manifest)
        (root / "app.py").write_text("app = None\n")
        (root / "requirements.txt").write_text("fastapi\nuvicorn\n")
        sdks: dict[str, Command] = {}
        for name, package in SDKS.items():
            program = root / f"{package}_bench.py"
            program.write_text(PYTHON.format(package=package, template=python))
            sdks[f"{name}, to_json"] = f"cd {root} && exec {sys.executable} {program}"
        program = node / f"{size}.mjs"
        program.write_text(NODE.format(template=javascript))
        sdks["npm e2b, toJSON"] = f"cd {root} && exec node {program}"
        compiling = [sbx, "compile", "--platform", "e2b", str(root)]
        for name, command in sdks.items():
            if "novita" not in name:
                same(name, run(compiling).out, run(command).out)
        title = "a small manifest" if size == "small" else "a manifest of 1,000 steps"
        medians = compare(
            f"{title}, whole processes",
            {
                "sbx compile": compiling,
                "sbx check": [sbx, "check", "--quiet", str(root)],
                "true": ["/bin/true"],
                **sdks,
            },
            rounds(41 if size == "small" else 15),
            [Goal("PyPI e2b, to_json", 150, "a small manifest, beside the SDK")]
            if size == "small"
            else [],
            warm_up=True,
        )
        if size == "small":
            over = (medians["sbx compile"].seconds - medians["true"].seconds) * 1000
            megabytes = os.path.getsize(sbx) / 1_000_000
            tell("the program's size", "12 MB", f"{megabytes:.1f} MB", met=megabytes <= 12)
            tell("a small manifest, over `true`", "3 ms", f"{over:.2f} ms", met=over <= 3)

    workspace = work / "workspace"
    files = []
    for at in range(MANIFESTS):
        lines = LINES[at % len(LINES)]
        file = workspace / f"template{at:04}" / "sandbox.toml"
        file.parent.mkdir(parents=True)
        made = workspace / f"{lines}.toml"
        if not made.exists():
            run([given.parts, "manifest", str(made), str(lines)])
        name = f'name = "template-{at}"'
        file.write_text(re.sub(r'(?m)^name = ".*"$', name, made.read_text(), count=1))
        files.append(str(file))
    schema = f"file://{Path('schema/sandbox.schema.json').resolve()}"
    taplo = str(given.tools / "venv/bin/taplo")
    compare(
        "1,000 manifests checked",
        {
            "sbx check": [sbx, "check", "--quiet", *files],
            "taplo check --schema": [taplo, "check", "--schema", schema, *files],
        },
        rounds(11),
        [Goal("taplo check --schema", 1, "1,000 manifests, beside taplo")],
        warm_up=True,
    )


if __name__ == "__main__":
    main()
