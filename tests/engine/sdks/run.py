"""The official SDKs build templates on a container engine through `sbx serve`.

    python3 tests/engine/sdks/run.py PYTHON MODULES

`PYTHON` is an interpreter that has the SDKs for Python, `MODULES` the directory of those for
JavaScript. The engine is that of the environment. Each SDK runs in a process of its own, `client.py`
or `client.js`, which makes five builds and prints what the SDK showed of them:

| key | build |
|---|---|
| `first` | a template with commands, variables, a copy, users, a directory, a start command and a readiness check |
| `again` | the same once more |
| `failed` | the same steps, and one that fails |
| `status` | the same in the background: its last status |
| `child` | one that is based on the first |

Of a build these are its `lines` (with the seconds since it began), the IDs of its `template` and
`build`, or the `error`: its class, its message, and the line of the client's source that it leads to.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "clients"), str(HERE.parent / "images")]

from container import ENGINE, engine
from server import Server

KEY = f"e2b_{'0' * 40}"

# The silence of the first command, in seconds, of which the polls of an SDK may hide a part.
SILENCE = 2
HIDDEN = 1

STEP = re.compile(r"(?:CACHED )?\[builder (\d+)/(\d+)\] ")

# What the images of the first template and of its child have: a user, a command of it and the output.
FIRST = [
    ("root", "cat /srv/app/context", "hello from worker in /srv/app"),
    ("root", "cat /srv/app/started", "/srv/app"),
    ("root", "stat -c '%U %a' /srv/app/files/data.txt", "worker 640"),
    ("root", "cat /srv/app/files/data.txt /srv/app/files/deep/more.txt", "data\nmore"),
    ("root", "stat -c %U /srv/app/context", "worker"),
    ("worker", "whoami; echo ~", "worker\n/home/worker"),
    ("user", "sudo -n whoami 2>/dev/null", "root"),
]
CHILD = [
    *FIRST,
    ("root", "stat -c %U ~user/inherited; cat ~user/inherited", "user\nhello"),
]


class Sdk:
    """One SDK, and what it has shown."""

    def __init__(self, label: str, command: list[str], error: str) -> None:
        self.label = label
        self.command = command
        self.error = error
        self.seen: dict = {}
        self.seconds = 0.0
        self.wrong: list[str] = []

    def run(self, url: str, directory: Path, rest: list[str]) -> None:
        """Have it make its builds."""
        begun = time.monotonic()
        name = "real-" + self.label.lower().replace(" ", "-")
        done = subprocess.run(
            [*self.command, name, url, str(directory), *rest],
            env=os.environ | {"SBX_CLIENTS_KEY": KEY},
            stdout=subprocess.PIPE,
            timeout=300,
            check=False,
        )
        self.seconds = time.monotonic() - begun
        if done.returncode == 0:
            self.seen = json.loads(done.stdout)

    def expect(self, what: str, actual: object, expected: object) -> None:
        """Note a difference."""
        if actual != expected:
            self.wrong.append(f"{what}: expected {expected!r}, saw {actual!r}")

    def examine(self, store: str) -> None:
        """Compare what it has shown, and the images, with what is expected."""
        if not self.seen:
            self.wrong.append("it broke off")
            return
        for key in ("first", "again", "child"):
            if error := self.seen[key].get("error"):
                log = "\n".join(line["message"] for line in self.seen[key]["lines"])
                self.wrong.append(f"{key}: {error}\n{log}")
        if not self.wrong:
            self.examine_log(self.seen["first"]["lines"])
            self.examine_cache()
            self.examine_failure()
            self.examine_image("first", store, FIRST)
            self.examine_image("again", store, FIRST)
            self.examine_image("child", store, CHILD)

    def examine_log(self, lines: list[dict]) -> None:
        """Lines arrive while the command runs, with the number of its step and their levels."""
        found = {}
        for line in lines:
            message = line["message"]
            step = STEP.match(message)
            number = int(step[1]) if step else None
            found[STEP.sub("", message)] = (line["at"], number, line["level"])
        command = next((key for key in found if key.startswith("RUN echo one; sleep")), None)
        one, two = found.get("[stdout]: one"), found.get("[stderr]: two")
        if command is None or one is None or two is None:
            self.wrong.append(f"lines of the first command are missing in {list(found)}")
            return
        silence = two[0] - one[0]
        if silence < SILENCE - HIDDEN:
            self.wrong.append(f"`two` came {silence:.1f} s after `one`")
        number = found[command][1]
        self.expect("the steps of the lines", (one[1], two[1]), (number, number))
        self.expect("the levels of the lines", (one[2], two[2]), ("info", "info"))
        for message, level in (
            ("[start] [stdout]: serving hello", "info"),
            ("Waiting for template to be ready: test -s /srv/app/started", "info"),
            ("Template is ready", "info"),
        ):
            _, _, actual = found.get(message, (None, None, None))
            self.expect(f"the level of `{message}`", actual, level)
        numbers = [int(step[1]) for line in lines if (step := STEP.match(line["message"]))]
        self.expect("the order of the steps", numbers, sorted(numbers))

    def examine_cache(self) -> None:
        """The same again runs nothing, and is another build of the same template."""
        first, again = self.seen["first"], self.seen["again"]
        steps = [line["message"] for line in again["lines"] if STEP.match(line["message"])]
        self.expect("the cached steps", [s for s in steps if not s.startswith("CACHED ")], [])
        counted = [line["message"] for line in first["lines"] if "[builder" in line["message"]]
        announced = [message for message in counted if "] [std" not in message]
        self.expect("the number of cached steps", len(steps), len(announced))
        output = [line["message"] for line in again["lines"] if "] [std" in line["message"]]
        self.expect("the output of the cached build", output, [])
        self.expect("the template of the cached build", again["template"], first["template"])
        if again["build"] == first["build"]:
            self.wrong.append("both builds have one ID")

    def examine_failure(self) -> None:
        """A failing step raises the SDK's error, with the reason, at the line of the step."""
        reason = "failed to run command 'echo before; exit 7': exit status 7"
        failed, status = self.seen["failed"], self.seen["status"]
        error = failed.get("error") or {}
        self.expect("the class of the error", error.get("kind"), self.error)
        self.expect("the message of the error", error.get("message"), reason)
        if "it fails here" not in error.get("place", ""):
            self.wrong.append(f"the error leads to {error.get('place')!r}")
        log = [line["message"] for line in failed["lines"]]
        steps = {STEP.sub("", message): STEP.match(message) for message in log}
        before = steps.get("[stdout]: before")
        if before is None or any("never" in message for message in log):
            self.wrong.append(f"the log of the failed build: {log}")
            return
        self.expect("the status", (status["status"], status["step"]), ("error", before[1]))
        self.expect("the reason", status["message"], reason)

    def examine_image(self, key: str, store: str, checks: list[tuple]) -> None:
        """Run commands in the image of a build."""
        image = f"localhost/sbx-{store}/{self.seen[key]['template']}:{self.seen[key]['build']}"
        script = "\n".join(
            f"su {user} -c {shlex.quote(command)} 2>&1; echo ---" for user, command, _ in checks
        )
        said = engine("run", "--rm", "--network", "none", image, "/bin/bash", "-c", script)
        outputs = [output.strip() for output in (said + "\n").split("---\n")]
        for (user, command, expected), actual in zip(checks, outputs):
            self.expect(f"{key}: {user}: `{command}`", actual, expected)


def remove_images(data: Path) -> None:
    """Remove what the builds have left in the engine."""
    store = (data / "engine-id").read_text().strip()
    listed = engine("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    if names := [line for line in listed if f"sbx-{store}/" in line]:
        subprocess.run([ENGINE, "rmi", "--force", *names], capture_output=True, check=False)


def run_all(sdks: list[Sdk], work: Path, modules: str) -> None:
    """Run those for Python beside those for JavaScript, and examine all of them."""
    directory, data = work / "context", work / "data"
    (directory / "files/deep").mkdir(parents=True)
    (directory / "files/data.txt").write_text("data\n")
    (directory / "files/deep/more.txt").write_text("more\n")
    with Server(data, "--api-key-env", "SBX_CLIENTS_KEY", environment={"SBX_CLIENTS_KEY": KEY}) as server:
        if server.address is None:
            raise RuntimeError(server.said)
        url = f"http://{server.address}"

        def in_turn(part: list[Sdk], rest: list[str]) -> None:
            for sdk in part:
                sdk.run(url, directory, rest)

        parts = [(sdks[:2], []), (sdks[2:], [modules])]
        threads = [threading.Thread(target=in_turn, args=part) for part in parts]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            store = (data / "engine-id").read_text().strip()
            for sdk in sdks:
                sdk.examine(store)
        finally:
            server.stop()
            remove_images(data)


def main() -> int:
    python, modules = sys.argv[1:]
    in_python, in_node = [python, str(HERE / "client.py")], ["node", str(HERE / "client.js")]
    sdks = [
        Sdk("e2b Python", [*in_python, "e2b"], "BuildException"),
        Sdk("novita Python", [*in_python, "novita_sandbox.core"], "BuildException"),
        Sdk("e2b JS", [*in_node, "e2b"], "BuildError"),
        Sdk("novita JS", [*in_node, "novita-sandbox"], "BuildError"),
    ]
    with tempfile.TemporaryDirectory() as work:
        run_all(sdks, Path(work), modules)
    for sdk in sdks:
        verdict = "FAILED" if sdk.wrong else "five builds as expected"
        print(f"{sdk.label}: {verdict} ({sdk.seconds:.0f} s)")
        for wrong in sdk.wrong:
            print(f"  {wrong}")
    return 1 if any(sdk.wrong for sdk in sdks) else 0


if __name__ == "__main__":
    sys.exit(main())
