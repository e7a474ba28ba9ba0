"""Runs the samples of the platforms' documents that `docs/agent.md` does not have, against `sbx serve`:
a base image from a private registry, and the template of a code interpreter.

usage: samples.py URL PYTHON NODE-DIRECTORY [--all]

Without `--all`, Python runs with Novita's SDK, and Node with E2B's. The documents name `from_registry`
and `fromRegistry`, which no version of the SDKs has: `from_image` and `fromImage` take the credentials.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

URL, PYTHON, MODULES = sys.argv[1:4]
PYTHON, MODULES = os.path.abspath(PYTHON), os.path.abspath(MODULES)
ALL = "--all" in sys.argv
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))

from examples import PASSWORD, private_image

# What the documents say, with the names that the SDKs have; then what a sample ends with elsewhere.
PRIVATE = {
    "python": """
import os
from novita_sandbox.core import Sandbox, Template

assert not hasattr(Template(), "from_registry")
template = Template().from_image(
    os.environ["IMAGE"],
    username=os.environ.get("REGISTRY_USERNAME"),
    password=os.environ.get("REGISTRY_PASSWORD"),
)
build = Template.build(template, "my-private-image-template")
sandbox = Sandbox.create(build.template_id)
print(sandbox.commands.run("python3 -V").stdout)
sandbox.kill()
""",
    "js": """
import { Sandbox, Template } from "novita-sandbox"

if ("fromRegistry" in Template()) throw new Error("fromRegistry exists")
const template = Template().fromImage(process.env.IMAGE, {
  username: process.env.REGISTRY_USERNAME,
  password: process.env.REGISTRY_PASSWORD,
})
const build = await Template.build(template, "my-private-image-template")
const sandbox = await Sandbox.create(build.templateId)
console.log((await sandbox.commands.run("python3 -V")).stdout)
await sandbox.kill()
""",
}

# A stand-in for the server of the image `novitalabs/code-interpreter`: it runs Python in one process and
# answers in the lines of its protocol.
SERVER = """
import contextlib, http.server, io, json

NAMES = {}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(request["code"], NAMES)
        lines = [{"type": "stdout", "text": output.getvalue(), "timestamp": 0},
                 {"type": "number_of_executions", "execution_count": 1}]
        self.send_response(200)
        self.end_headers()
        self.wfile.write("".join(json.dumps(line) + "\\n" for line in lines).encode())

http.server.ThreadingHTTPServer(("0.0.0.0", 49999), Handler).serve_forever()
"""

INTERPRETER = """
import json, os, urllib.request
from novita_sandbox.code_interpreter import Sandbox
from novita_sandbox.core import Template, wait_for_port

template = (
    Template()
    .from_image("python:3.12")
    .run_cmd("pip install cowsay")
    .copy("server.py", "/opt/server.py")
    .set_start_cmd("python3 /opt/server.py", wait_for_port(49999))
)
build = Template.build(template, "my-interpreter")
sandbox = Sandbox.create(build.template_id)
code = "import cowsay\\ncowsay.cow('Hello!')"
host = sandbox.get_host(49999)
server = os.environ["NOVITA_SANDBOX_URL"]
request = urllib.request.Request(f"{server}/execute", json.dumps({"code": code}).encode(), {"Host": host})
with urllib.request.urlopen(request, timeout=60) as answer:
    print("by HTTP:", json.loads(answer.readline())["text"])
try:
    sandbox.run_code(code)
    print("run_code: ran")
except Exception as error:
    print("run_code:", type(error).__name__)
sandbox.kill()
"""


def run(language, code, directory, **variables):
    """Runs a program whose SDK talks to the server."""
    program = Path(directory) / {"python": "sample.py", "js": "sample.mjs"}[language]
    program.write_text(code)
    with contextlib.suppress(FileExistsError):
        os.symlink(os.path.join(MODULES, "node_modules"), Path(directory) / "node_modules")
    server = {}
    for name in ("NOVITA", "E2B"):
        server |= {f"{name}_API_URL": URL, f"{name}_SANDBOX_URL": URL, f"{name}_API_KEY": "e2b_local"}
        server |= {f"{name}_DOMAIN": "localhost:" + URL.rsplit(":", 1)[1]}
    interpreter = PYTHON if language == "python" else shutil.which("node")
    return subprocess.run(
        [interpreter, program], cwd=directory, capture_output=True, text=True, timeout=600,
        env=os.environ | server | variables,
    )


def in_e2b_names(code):
    return code.replace("novita_sandbox.core", "e2b").replace('"novita-sandbox"', '"e2b"')


def privately(directory, stack):
    host, image = private_image(stack, directory)
    variables = {"IMAGE": image, "REGISTRY_USERNAME": "robot", "REGISTRY_PASSWORD": PASSWORD}
    for language, code in PRIVATE.items():
        for name, form in (("novita", code), ("e2b", in_e2b_names(code))):
            if not ALL and (name == "novita") != (language == "python"):
                continue
            ended = run(language, form, directory, **variables)
            yield f"private registry: {language}, {name}", ended, ended.stdout.startswith("Python 3.")
    # An image that the engine does not have has to be pulled.
    wrong = {"IMAGE": f"{host}/platform/other:1", "REGISTRY_PASSWORD": "wrong-" + PASSWORD}
    wrong = variables | wrong
    ended = run("python", PRIVATE["python"].replace("my-private", "my-other"), directory, **wrong)
    is_clear = ended.returncode != 0 and "BuildException" in ended.stderr and host in ended.stderr
    is_clear = is_clear and "wrong-" not in ended.stderr
    yield "private registry: a wrong password", ended, is_clear


def interpreted(directory, _):
    (directory / "server.py").write_text(SERVER)
    ended = run("python", INTERPRETER, directory)
    # The SDK asks for the port over `https`, which the local platform does not speak.
    is_known = "Hello!" in ended.stdout and "run_code: ConnectError" in ended.stdout
    yield "code interpreter: all but `run_code`", ended, is_known


def main():
    failed = 0
    for sample in (privately, interpreted):
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for title, ended, is_good in sample(directory, stack):
                with urllib.request.urlopen(URL + "/v2/sandboxes", timeout=30) as answer:
                    left = json.load(answer)
                failed += not is_good or bool(left)
                said = f"ok sample {title}" if is_good else f"FAILED sample {title}: {ended}"
                print(said, f"left: {left}" if left else "", flush=True)
    return 1 if failed else 0


sys.exit(main())
