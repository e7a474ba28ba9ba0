"""Imports what an official SDK makes of templates, and compares what the manifests compile to."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

SBX = os.environ["SBX"]
NAME, MODULES = sys.argv[1], Path(sys.argv[2]).resolve()
sdk = importlib.import_module(NAME)
Template = sdk.Template


def packages() -> Any:
    template = Template().from_python_image("3.12").apt_install(["git", "curl"])
    template = template.pip_install(["fastapi", "uvicorn>=0.30"]).npm_install(["tsx"], g=True)
    return template.set_start_cmd("uvicorn app:app", sdk.wait_for_port(8000))


def files() -> Any:
    template = Template().from_image("debian:12").set_workdir("/srv/app")
    template = template.copy("a.txt", "/srv/app/", mode=0o600).copy("a.txt", "b.txt", user="root")
    template = template.make_dir("/srv/data").remove("/srv/old", force=True, recursive=True)
    template = template.make_symlink("/srv/data", "/srv/link").rename("/srv/a", "/srv/b")
    return template.set_user("root").run_cmd(["echo a", "echo b"])


def variables() -> Any:
    template = Template().from_ubuntu_image("24.04").set_envs({"A": "1", "B": "x y", "C": "5%"})
    template = template.run_cmd("echo $A", user="root").set_envs({"D": "$HOME/d"})
    return template.set_start_cmd("sleep infinity", sdk.wait_for_url("http://localhost:80/", 204))


def commands() -> Any:
    template = Template().from_node_image("22").git_clone("https://github.com/acme/a.git", "/srv/a", depth=1)
    template = template.git_clone("https://github.com/acme/b.git", branch="main", depth=1)
    template = template.run_cmd('echo "$HOME" | tee /tmp/x; true').skip_cache().run_cmd("date")
    return template.set_start_cmd("node x.js", sdk.wait_for_process("node"))


def parent() -> Any:
    return Template().from_template("base:v1").run_cmd("true")


def dockerfile() -> Any:
    return Template().from_dockerfile(
        "FROM python:3.12\nENV A=1\nWORKDIR /app\nRUN pip install flask\nCOPY a.txt .\nCMD [\"flask\", \"run\"]\n"
    )


TEMPLATES: list[Callable[[], Any]] = [packages, files, variables, commands, parent, dockerfile]

PROGRAM = """
from {name} import Template
template = Template().from_python_image("3.12").run_cmd("echo from-a-program")
"""

BUILDING = """
from {name} import Template
template = Template().from_python_image("3.12").run_cmd("echo from-a-program")
other = Template().from_image("debian:12")
Template.build(template, "named-by-program", tags=["v1", "latest"], cpu_count=4, memory_mb=2048)
"""

FILES = """
from {name} import Template
template = Template(file_context_path="files", file_ignore_patterns=["*.log"])
template = template.from_python_image("3.12").copy("a", "/srv/", resolve_symlinks=True)
"""

CONNECTING = """
import urllib.request
urllib.request.urlopen("http://127.0.0.1:9/")
"""

SCRIPT = """
import {{ Template }} from "{package}";
export const template = Template().fromPythonImage("3.12").runCmd("echo from-a-program");
"""

SCRIPT_FILES = """
import {{ Template }} from "{package}";
export const template = Template({{ fileContextPath: "files", fileIgnorePatterns: ["*.log"] }})
    .fromPythonImage("3.12").copy("a", "/srv/", {{ resolveSymlinks: true }});
"""

SCRIPT_BUILDING = """
await Template.build(template, "named-by-program:v1", { tags: ["latest"], cpuCount: 4, memoryMB: 2048 });
"""


def run(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SBX, *arguments], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )


def steps(body: dict[str, Any]) -> list[Any]:
    """The steps without what is not in a manifest, and without the last one, of variables."""
    kept = [(step["type"], step["args"], step.get("force", False)) for step in body["steps"]]
    kept = [(kind, [argument for argument in args], force) for kind, args, force in kept]
    if kept and kept[-1][0] == "RUN" and "base64 -d" in kept[-1][1][0]:
        kept.pop()
    return [(kind, strip(args), force) for kind, args, force in kept]


def strip(args: list[str]) -> list[str]:
    """Arguments without empty ones at the end, which say the same."""
    while args and args[-1] == "":
        args = args[:-1]
    return args


def check_template(make: Callable[[], Any], directory: Path) -> list[str]:
    (directory / "a.txt").write_text("a\n")
    template = make()
    inner = template._template
    text = json.dumps(inner._serialize(inner._instructions), indent=2)
    (directory / "template.json").write_text(text)
    ran = run("import", "template.json", "--name", "imported", "--format", "json", cwd=directory)
    if ran.returncode not in (0, 1) or not ran.stdout:
        return [f"import ends with {ran.returncode}: {ran.stderr}"]
    report = json.loads(ran.stdout)
    compiled = run("compile", "--platform", "e2b", cwd=directory)
    if compiled.returncode != 0:
        return [f"compile: {compiled.stderr}\n{report['manifest']}"]
    body, wanted = json.loads(compiled.stdout), json.loads(text)
    faults = []
    for key in ("fromImage", "fromTemplate", "startCmd", "readyCmd"):
        if body.get(key) != wanted.get(key):
            faults.append(f"{key}: {body.get(key)!r} is not {wanted.get(key)!r}")
    own, theirs = steps(body), steps(wanted)
    noted = {note["location"]["line"] for note in report["notes"] if note["location"]}
    if own != theirs and not noted:
        faults.append(f"steps:\n  {own}\n  {theirs}\n{report['manifest']}")
    if sorted(map(str, own)) != sorted(map(str, theirs)) and not report["notes"]:
        faults.append("a step differs without a note")
    return faults


def check_programs(directory: Path) -> list[str]:
    faults = []
    env = {"VIRTUAL_ENV": sys.prefix, "E2B_API_KEY": "e2b_secret_key"}

    def imported(name: str, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (directory / name).write_text(text)
        return run("import", name, "-o", "-", *arguments, cwd=directory, env=env)

    unasked = imported("template.py", PROGRAM.format(name=NAME) + "\nopen('ran', 'w')\n")
    if unasked.returncode != 2 or "--run" not in unasked.stderr or (directory / "ran").exists():
        faults.append(f"a program was run unasked: {unasked}")
    for text, name in ((PROGRAM, directory.name.lower()), (BUILDING, "named-by-program")):
        ran = imported("template.py", text.format(name=NAME), "--run")
        if ran.returncode != 0 or "from-a-program" not in ran.stdout:
            faults.append(f"a program: {ran}")
        said = [f'"{name}"', '["v1", "latest"]', "= 4", '"2GiB"']
        if name == "named-by-program" and not all(words in ran.stdout for words in said):
            faults.append(f"what a program builds: {ran.stdout}")
    (directory / "files").mkdir()
    (directory / "files" / "a").write_text("a")
    files = ['context = "files"', 'ignore = ["*.log"]', "follow_symlinks = true"]
    ran = imported("template.py", FILES.format(name=NAME), "--run")
    if ran.returncode != 0 or not all(words in ran.stdout.replace("  ", " ") for words in files):
        faults.append(f"the files of a program: {ran}")
    ran = imported("template.py", PROGRAM.format(name=NAME) + CONNECTING, "--run")
    if ran.returncode != 1 or "no connections" not in ran.stderr:
        faults.append(f"a program that connects: {ran}")
    ran = imported("template.py", "import os\nprint(os.environ['E2B_API_KEY'])\n", "--run")
    if ran.returncode != 1 or "KeyError" not in ran.stderr or "e2b_secret_key" in ran.stdout + ran.stderr:
        faults.append(f"a program sees the key: {ran}")
    package = "e2b" if NAME == "e2b" else "novita-sandbox"
    (directory / "node_modules").symlink_to(MODULES)
    ran = imported("template.mjs", SCRIPT.format(package=package), "--run")
    if ran.returncode != 0 or "from-a-program" not in ran.stdout:
        faults.append(f"a program of Node: {ran}")
    ran = imported("template.mjs", SCRIPT_FILES.format(package=package), "--run")
    if ran.returncode != 0 or not all(words in ran.stdout.replace("  ", " ") for words in files):
        faults.append(f"the files of a program of Node: {ran}")
    ran = imported("template.mjs", SCRIPT.format(package=package) + SCRIPT_BUILDING, "--run")
    said = ['"named-by-program"', '["v1", "latest"]', "= 4", '"2GiB"']
    if ran.returncode != 0 or not all(words in ran.stdout for words in said):
        faults.append(f"what a program of Node builds: {ran}")
    return faults


def main() -> int:
    failed = 0
    for make in TEMPLATES:
        with tempfile.TemporaryDirectory() as directory:
            for fault in check_template(make, Path(directory)):
                failed += 1
                print(f"{make.__name__}: {fault}")
    with tempfile.TemporaryDirectory() as directory:
        for fault in check_programs(Path(directory)):
            failed += 1
            print(fault)
    print(f"{len(TEMPLATES)} templates and the programs were imported, {failed} faults")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
