"""A data directory, its engine, and runs of `sbx`."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SBX = Path(os.environ.get("SBX", ROOT / "target/debug/sbx")).resolve()
ENGINE = os.environ.get("SBX_ENGINE", "docker")
IMAGE = "debian:12"

STEPS = """
name = "{name}"
tags = [{tags}]

[from]
image = "{image}"

[env]
MARK = "{mark}"

[[steps]]
run = "echo {mark} > /home/user/mark"

[[steps]]
copy = "file"
to = "/srv/file"

[[steps]]
run = "id > /tmp/note; cat /srv/file"
user = "root"

[start]
cmd = "echo started > /home/user/started; exec sleep 1000"

[ready]
cmd = "test -e /home/user/started"
"""

SLOW = """
name = "{name}"
tags = [{tags}]

[from]
image = "{image}"

[[steps]]
run = "echo {mark} > /home/user/mark"

[[steps]]
run = "echo waiting; sleep {seconds}; echo done > /home/user/done"
"""


def check(holds, *facts):
    if not holds:
        raise SystemExit("FAILED: " + " ".join(str(fact) for fact in facts))


class Engine:
    """The engine's own command line."""

    def __init__(self, host=None):
        self.variables = {} if host is None else {"DOCKER_HOST": host}

    def run(self, *arguments, **options):
        environment = {**os.environ, **self.variables}
        return subprocess.run(
            [ENGINE, *arguments], env=environment, text=True, capture_output=True, **options
        )

    def lines(self, *arguments):
        done = self.run(*arguments, check=True)
        return [line for line in done.stdout.splitlines() if line]

    def containers(self, prefix):
        names = self.lines("ps", "--all", "--format", "{{.Names}}")
        return [name for name in names if name.startswith(prefix)]

    def volumes(self, prefix):
        names = self.lines("volume", "ls", "--format", "{{.Name}}")
        return [name for name in names if name.startswith(prefix)]

    def images(self, prefix):
        names = self.lines("images", "--format", "{{.Repository}}:{{.Tag}}")
        return {name for name in names if name.startswith(prefix)}

    def nameless(self):
        """The images without a name that are made by `commit`, as those of `sbx` are."""
        images = self.lines("images", "--filter", "dangling=true", "--quiet")
        form = "{{.Config.Cmd}} {{.Comment}}"
        made = {image: self.run("inspect", "--format", form, image).stdout for image in images}
        return {
            image
            for image, about in made.items()
            if "trap 'exit 0' TERM INT" in about and "buildkit" not in about
        }


class Data:
    """A data directory with the manifests of this run."""

    def __init__(self, directory, engine=None, data=None):
        self.directory = Path(directory)
        self.data = Path(data) if data else self.directory / "data"
        self.engine = engine or Engine()
        self.state = self.directory / "state"

    def manifest(self, text, **values):
        values = {"image": IMAGE, "tags": '"default"', **values}
        directory = self.directory / f"m-{values['name']}-{values['mark']}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / ".git").mkdir(exist_ok=True)
        (directory / "file").write_text(values["mark"])
        (directory / "sandbox.toml").write_text(text.format(**values))
        return directory / "sandbox.toml"

    def sbx(self, *arguments):
        environment = {
            **os.environ,
            **self.engine.variables,
            "SBX_ENGINE": ENGINE,
            "SBX_DATA": str(self.data),
            "SBX_STATE": str(self.state),
            "HOME": str(self.directory),
        }
        return subprocess.Popen(
            [SBX, *arguments],
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def apply(self, manifest, *arguments):
        return self.sbx("apply", str(manifest), "--platform", "local", *arguments)

    def applied(self, manifest, *arguments, exit=0):
        process = self.apply(manifest, *arguments)
        output, errors = process.communicate(timeout=600)
        check(process.returncode == exit, f"exit code {process.returncode}\n{output}\n{errors}")
        return output + errors

    @property
    def id(self):
        return (self.data / "engine-id").read_text().strip()

    def templates(self):
        return [json.loads(file.read_text()) for file in (self.data / "templates").glob("*.json")]

    def builds(self):
        return [(template, build) for template in self.templates() for build in template["builds"]]

    def wanted(self):
        """The images that records want."""
        templates = self.templates()
        used = {key for template in templates for key in template["layers"]}
        layers = [json.loads(file.read_text()) for file in (self.data / "layers").glob("*.json")]
        images = {layer["image"] for layer in layers if layer["key"] in used}
        for _, build in self.builds():
            if build["state"] == "ready":
                images.add(build["execution"]["run"]["image"])
        return images

    def is_clean(self, where):
        """Nothing is in the engine that no record wants, and everything that is ready is there."""
        prefix = f"sbx-{self.id}-"
        containers, volumes = self.engine.containers(prefix), self.engine.volumes(prefix)
        check(not containers, where, "containers:", containers)
        check(not volumes, where, "volumes:", volumes)
        images = self.engine.images(f"localhost/sbx-{self.id}/")
        left = images - self.wanted()
        check(not left, where, "images that no record wants:", left)
        marks = [mark.name for mark in self.data.glob("using-*")]
        check(not marks, where, "marks:", marks)
        self.ready_is_there(where)

    def ready_is_there(self, where):
        images = self.engine.images(f"localhost/sbx-{self.id}/")
        for template, build in self.builds():
            if build["state"] == "ready":
                image = build["execution"]["run"]["image"]
                name = f"{template['id']}/{build['id']}"
                check(image in images, where, name, "is ready without its image")

    def remove(self):
        if (self.data / "engine-id").is_file():
            for name in self.engine.images(f"localhost/sbx-{self.id}/"):
                self.engine.run("rmi", "--force", name)


def wait_for(process, text):
    """Reads the log up to the line with a text. The rest is read in the background."""
    seen = []
    for line in process.stderr:
        seen.append(line)
        if text in line:
            break
    else:
        raise SystemExit(f"FAILED: no `{text}` in\n{''.join(seen)}")
    thread = threading.Thread(target=lambda: seen.extend(process.stderr), daemon=True)
    thread.start()
    process.log = (seen, thread)
    return line


def failure(log):
    """The line of a log that says why its build failed."""
    return next((line for line in log.splitlines() if "build failed" in line.lower()), log)


def ended(process, limit=60):
    """The exit code, what was logged, and the time until the end."""
    begun = time.monotonic()
    code = process.wait(timeout=limit)
    took = time.monotonic() - begun
    seen, thread = process.log
    thread.join(5)
    return code, "".join(seen), took
