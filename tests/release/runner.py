"""As much of a runner as the action needs: its steps in order, expressions, files and commands.

`uses` is not run: the cache is a service of GitHub. What a runner does beyond it is not imitated.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A server of a test, which prints its port."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Ran:
    code: int
    output: str
    outputs: dict[str, str]
    path: list[str]
    variables: str
    summary: str
    commands: list[str] = field(default_factory=list)


def commands(output: str) -> list[str]:
    """The lines that a runner obeys: it looks for no command until the token of `stop-commands`."""
    found, token = [], None
    for line in output.splitlines():
        line = line.strip()
        if token is not None:
            if line == f"::{token}::":
                token = None
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith(("::", "##[")):
            found.append(line)
    assert token is None, "the output ends while commands are stopped"
    return found


def pairs(text: str) -> dict[str, str]:
    """The file of outputs: `NAME=VALUE`, or `NAME<<END`, lines and `END`."""
    values, lines = {}, iter(text.splitlines())
    for line in lines:
        if re.match(r"^[\w-]+<<", line):
            name, end = line.split("<<", 1)
            value = []
            for part in lines:
                if part == end:
                    break
                value.append(part)
            values[name] = "\n".join(value)
        else:
            name, values[name] = line.split("=", 1)[0], line.split("=", 1)[1]
    return values


class Job:
    """A checkout and what belongs to its job."""

    def __init__(self, root: Path, version: str, defaults: dict[str, str], api: str) -> None:
        self.root, self.version, self.defaults, self.api = root, version, defaults, api
        self.workspace = root / "workspace"
        self.temp = root / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        self.sbx = self.temp / f"sbx-{version}/sbx"
        self.action = yaml.safe_load((ROOT / "action.yml").read_text())
        self.git("init", "--quiet", "--initial-branch", "main")
        (root / "event.json").write_text('{"pull_request": {"number": 5}}')

    def git(self, *args: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        command = ["git", *identity, *args]
        return subprocess.run(command, cwd=self.workspace, check=True, capture_output=True, text=True).stdout

    def write(self, name: str, text: str) -> None:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, *names: str) -> None:
        self.git("add", *(names or ("--all", "--", ":!sandbox.lock")))
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def sbx_run(self, *args: str) -> None:
        if not self.sbx.exists():
            assert self.run(command="install").code == 0
        subprocess.run([self.sbx, *args], cwd=self.workspace, env=self.environment(), check=True, capture_output=True)

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ["PATH", "HOME"]}
        return {
            **kept,
            "SBX_DATA": str(self.root / "data"),
            "SBX_STATE": str(self.root / "state"),
            "SBX_ENGINE": "none",
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self.api,
            "GITHUB_EVENT_PATH": str(self.root / "event.json"),
            "GITHUB_REPOSITORY": "octo/templates",
            "GITHUB_REF_NAME": "main",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_SHA": self.head,
            "RUNNER_TEMP": str(self.temp),
        }

    def inputs(self, given: dict[str, str]) -> dict[str, str]:
        known = {name: str(value.get("default", "")) for name, value in self.action["inputs"].items()}
        unknown = (self.defaults | given).keys() - known.keys()
        assert not unknown, unknown
        return known | self.defaults | given

    def run(self, **given: str) -> Ran:
        inputs = self.inputs(given)
        outputs: dict[str, dict[str, str]] = {}
        files = {name: self.root / name for name in ["OUTPUT", "PATH", "ENV", "STEP_SUMMARY"]}
        for path in files.values():
            path.write_text("")

        def value(found: re.Match[str]) -> str:
            expression = found[1].strip()
            kind, *names = expression.split(".")
            if kind == "inputs":
                return inputs[names[0]]
            assert kind == "steps" and names[1] == "outputs", expression
            return outputs.get(names[0], {}).get(names[2], "")

        def evaluate(text: str) -> str:
            return re.sub(r"\$\{\{(.*?)\}\}", value, str(text))

        code, log, lines = 0, "", []
        for step in self.action["runs"]["steps"]:
            if "uses" in step:
                continue
            if "if" in step:
                assert step["if"] == "inputs.command != 'install'", step["if"]
                if inputs["command"] == "install":
                    continue
            files["OUTPUT"].write_text("")
            environment = self.environment() | {f"GITHUB_{name}": str(path) for name, path in files.items()}
            environment |= {name: evaluate(text) for name, text in step.get("env", {}).items()}
            for directory in files["PATH"].read_text().splitlines():
                environment["PATH"] = f"{directory}:{environment['PATH']}"
            script = self.root / "step.sh"
            script.write_text(evaluate(step["run"]))
            ran = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
                cwd=self.workspace,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
            )
            log += ran.stdout
            lines += commands(ran.stdout)
            outputs[step.get("id", "")] = pairs(files["OUTPUT"].read_text())
            code = ran.returncode
            if code != 0:
                break
        return Ran(
            code=code,
            output=log,
            outputs=self.declared(outputs),
            path=files["PATH"].read_text().splitlines(),
            variables=files["ENV"].read_text(),
            summary=files["STEP_SUMMARY"].read_text(),
            commands=lines,
        )

    def declared(self, outputs: dict[str, dict[str, str]]) -> dict[str, str]:
        """The outputs of the action, and what its steps have written beside them."""
        version = outputs.get("version", {})
        assert version.keys() <= {"version", "directory"}, outputs
        own = {name: text for name, text in version.items() if name == "version"}
        return own | outputs.get("run", {})
