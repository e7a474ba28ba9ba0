"""Drives the local platform with E2B's command line.

    python tests/clients/e2b_cli.py URL DIRECTORY E2B

needs the program `e2b` of npm's `@e2b/cli`, a running `sbx serve` that asks for the key in
`SBX_CLIENTS_KEY`, and a directory that tree.py has filled. Outcomes go to report.py.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from report import Client

KEY = os.environ["SBX_CLIENTS_KEY"]
NAME = "e2b-cli"

DOCKERFILE = """\
FROM python:3.12
COPY app.py /srv/app.py
COPY src /srv/src
ENV A=1
RUN echo one && echo two
WORKDIR /srv
"""


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    url, context, program = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]
    with tempfile.TemporaryDirectory(prefix="sbx-cli-") as home:
        drive(url, context, program, home)


def drive(url, context, program, home):
    # Its own home, so that nobody's account is used.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "E2B_API_URL": url,
        "E2B_API_KEY": KEY,
        "NO_COLOR": "1",
        "CI": "1",
    }

    def run(*arguments, code=0, says=(), **more):
        ran = subprocess.run(
            [program, "template", *arguments],
            env={**environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        text = ran.stdout + ran.stderr
        assert ran.returncode == code, f"exit code {ran.returncode}:\n{text}"
        for words in says:
            assert words in text, f"{words!r} is missing in:\n{text}"
        return ran.stdout

    def create(name, dockerfile, *options, **more):
        path = Path(context, "Dockerfile.cli")
        path.write_text(dockerfile)
        return run(
            "create", name, "--path", context, "--dockerfile", path.name, *options, **more
        )

    def listed():
        return {one["aliases"][0]: one for one in json.loads(run("list", "--format", "json"))}

    def build():
        says = [
            "[base] FROM python:3.12",
            "COPY app.py /srv/app.py",
            "agrees with its hash",
            "START python app.py",
            "Build finished",
            f"{NAME} finished",
        ]
        start = ["--cmd", "python app.py", "--ready-cmd", "sleep 1"]
        create(NAME, DOCKERFILE, *start, "--cpu-count", "4", "--memory-mb", "2048", says=says)

    def list_():
        found = listed()[NAME]
        assert found["buildStatus"] == "ready", found
        assert (found["cpuCount"], found["memoryMB"]) == (4, 2048), found
        assert NAME in run("list")

    def publish():
        run("publish", "--yes", NAME, says=[f"Published as: local/{NAME}"])
        assert listed()[NAME]["public"] is True

    def unpublish():
        run("unpublish", "--yes", NAME)
        assert listed()[NAME]["public"] is False

    def delete():
        run("delete", "--yes", NAME)
        assert NAME not in listed()

    def long():
        lines = "".join(f"RUN echo line {n}\n" for n in range(250))
        text = create(f"{NAME}-long", "FROM python:3.12\n" + lines)
        told = [line.split()[-1] for line in text.splitlines() if "echo line" in line]
        assert told == [str(n) for n in range(250)], told
        run("delete", "--yes", f"{NAME}-long")

    plain = "FROM python:3.12\nRUN true\n"
    does = Client("e2b CLI").does
    does("build, log to its end", build)
    does(
        "build again, archives present",
        lambda: create(NAME, DOCKERFILE, "--cpu-count", "4", "--memory-mb", "2048", says=["cached"]),
    )
    does("log of 250 steps", long)
    does("list", list_)
    does("publish", publish)
    does("unpublish", unpublish)
    does("refused: name", lambda: create("no.name", plain, code=1, says=["not valid"]))
    does(
        "refused: CPU",
        lambda: create(NAME, plain, "--cpu-count", "33", code=1, says=["at most 32"]),
    )
    does(
        "refused: unknown template",
        lambda: [
            run(verb, "--yes", "nothing", code=1, says=["template 'nothing' not found"])
            for verb in ("publish", "unpublish", "delete")
        ],
    )
    wrong = {"E2B_API_KEY": KEY[:-1] + "1"}
    does(
        "refused: wrong key",
        lambda: [
            run("list", code=1, says=["Invalid API key"], **wrong),
            run("delete", "--yes", NAME, code=1, says=["Invalid API key"], **wrong),
            create(NAME, plain, code=1, says=["Invalid API key"], **wrong),
        ],
    )
    does("delete", delete)


if __name__ == "__main__":
    main()
