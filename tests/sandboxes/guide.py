"""Runs the examples of `docs/agent.md` against `sbx serve`: as they are, and in E2B's names.

usage: guide.py SBX DATA URL PYTHON NODE-DIRECTORY [--all]

`URL` is that of the running server of the data directory. The blocks of one section and language are
one program. Lines with `sbx apply` run first. Without `--all`, Python runs with Novita's SDK, and Node
with E2B's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

SBX, DATA, URL, PYTHON, MODULES = sys.argv[1:6]
# Its programs run in other directories.
SBX, PYTHON, MODULES = (os.path.abspath(path) for path in (SBX, PYTHON, MODULES))
ALL = "--all" in sys.argv
ROOT = os.getcwd()
APP = 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\ndef read():\n    return "served"\n'
ID = r"i[0-9a-f]{20}"

# What the programs of each section print.
PRINTED = {
    "Build, create, use, kill": rf"^{ID}\n6\n",
    "Start a service with the sandbox": rf'"served"\n8000-{ID}\.localhost:\d+\n',
    "Follow the build": r"[0-9a-f]{8}-|Build finished|build",
    "Tags": r"v1\.0\.0.*production|production.*v1\.0\.0",
    "A template of a manifest": r"ok|healthy|status",
}


def sections():
    """The title of each section, with its blocks by language."""
    with open("docs/agent.md") as file:
        text = file.read()
    for part in text.split("\n## ")[1:]:
        blocks = {}
        for language, code in re.findall(r"```(\w+)\n(.*?)```", part, re.S):
            blocks[language] = blocks.get(language, "") + code + "\n"
        yield part.split("\n")[0], blocks


def in_e2b_names(code):
    return code.replace("novita_sandbox.core", "e2b").replace('"novita-sandbox"', '"e2b"')


def run(language, code):
    """Runs a program in a directory of its own, with the variables that the server prints."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "app.py"), "w") as file:
            file.write(APP)
        os.symlink(os.path.join(MODULES, "node_modules"), os.path.join(directory, "node_modules"))
        program = os.path.join(directory, {"python": "agent.py", "js": "agent.mjs"}[language])
        with open(program, "w") as file:
            file.write(code)
        interpreter = PYTHON if language == "python" else shutil.which("node")
        script = 'eval "$("$1" serve --env --listen "$2")" && exec "$3" "$4"'
        address = URL.removeprefix("http://")
        return subprocess.run(
            ["sh", "-c", script, "sh", SBX, address, interpreter, program],
            cwd=directory, capture_output=True, text=True, timeout=600,
        )


def running():
    with urllib.request.urlopen(URL + "/v2/sandboxes", timeout=30) as answer:
        return json.load(answer)


def main():
    failed = 0
    untested = set(PRINTED)
    for title, blocks in sections():
        programs = {language: code for language, code in blocks.items() if language != "sh"}
        if not programs:
            continue
        untested.remove(title)
        for line in re.findall(r"^sbx apply .*", blocks.get("sh", ""), re.M):
            subprocess.run(
                [SBX, *line.split()[1:], "--quiet"], check=True, stdout=subprocess.DEVNULL, cwd=ROOT,
                env=os.environ | {"SBX_DATA": DATA},
            )
        for language, code in programs.items():
            for name, form in (("novita", code), ("e2b", in_e2b_names(code))):
                if not ALL and (name == "novita") != (language == "python"):
                    continue
                ended = run(language, form)
                is_good = ended.returncode == 0 and re.search(PRINTED[title], ended.stdout, re.S)
                left = running()
                if is_good and not left:
                    print(f"ok guide {title}: {language}, {name}", flush=True)
                    continue
                failed += 1
                print(f"FAILED guide {title}: {language}, {name}: {ended}, left: {left}", flush=True)
    assert not untested, untested
    return 1 if failed else 0


sys.exit(main())
