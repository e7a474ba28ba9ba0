"""Runs every command that prints JSON, with and without success.

The platforms are the local one without a container engine, and stand-ins on loopback. Nothing leaves this machine.
"""

import json
import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from fake import TEMPLATE, TIME, Index, Platform, Registry, running

# How long a run may take, in seconds.
LIMIT = 60


MANIFEST = """name = "agent"
tags = ["v1", "default"]
from = "python:3.12"

[env]
MODE = "one"

[[steps]]
copy = "app.py"
to = "/app/"

[[steps]]
run = "true"
"""


class Project:
    """A directory of its own with its own data, and the runs in it."""

    def __init__(self, sbx, directory):
        self.sbx, self.records = sbx, []
        self.directory = directory / "project"
        self.directory.mkdir(parents=True)
        home = self.home = directory / "home"
        home.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "SBX_DATA": str(home / "data"),
            "SBX_STATE": str(home / "state"),
            "SBX_ENGINE": "none",
            "SBX_PLATFORM": "local",
            "SBX_NO_IMAGE_CHECK": "1",
            "SBX_RETRY_SCALE": "0.01",
        }

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @contextmanager
    def serving(self):
        """A server of the local platform on the data of this project."""
        arguments = [self.sbx, "serve", "--listen", "0"]
        server = subprocess.Popen(arguments, cwd=self.directory, env=self.env, stderr=subprocess.PIPE, text=True)
        try:
            server.stderr.readline()
            yield
        finally:
            server.kill()
            server.communicate()

    def run(self, *arguments, exit=0, env=(), stdin=None):
        """Runs the program, keeps what it prints, and returns the values."""
        arguments = [*arguments, "--format", "json"]
        done = subprocess.run(
            [self.sbx, *arguments],
            cwd=self.directory,
            env={**self.env, **dict(env)},
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        words = " ".join(arguments)
        if done.returncode != exit:
            raise SystemExit(f"sbx {words}: exit code {done.returncode} instead of {exit}\n{done.stdout}{done.stderr}")
        self.records.append({"arguments": arguments, "stdout": done.stdout})
        return [json.loads(line) for line in done.stdout.splitlines()]


def check(project, _):
    """Manifests with and without problems."""
    project.write("app.py", "print()\n")
    project.write("sandbox.toml", MANIFEST)
    project.run("check")
    project.run("check", "--platform", "all")
    project.write(
        "bad.toml", 'nam = "x"\nfrom = { image = "a:1", dockerfile = "Dockerfile" }\n[resources]\ncpu = "2"\n'
    )
    project.run("check", "bad.toml", exit=1)
    project.run("check", "bad.toml", "sandbox.toml", "--platform", "all", exit=1)
    project.run("check", "missing.toml", exit=1)
    project.write("warned.toml", MANIFEST.replace('"v1", "default"', '"v1"') + "\n[profiles.slim]\ncpuu = 2\n")
    project.run("check", "warned.toml", "--profile", "slim", exit=1)
    project.write("tags.toml", MANIFEST.replace('"v1", "default"', '"v1"'))
    project.run("check", "tags.toml")
    project.run("check", "tags.toml", "--deny", "warnings", exit=1)
    project.write("many.toml", MANIFEST + "".join(f"\n[[steps]]\nrunn = '{at}'\n" for at in range(1100)))
    project.run("check", "many.toml", exit=1)
    project.run("check", "bad.toml", "--fix", exit=1)
    project.run("check", "-", stdin=MANIFEST)


def local(project, _):
    """The local platform, which only records."""
    project.write("app.py", "print()\n")
    project.write("sandbox.toml", MANIFEST)
    project.run("plan")
    project.run("verify", exit=1)
    project.run("apply", "--dry-run")
    project.run("exists", "agent", exit=1)
    project.run("apply")
    for command in (["plan"], ["apply"], ["logs"], ["status"], ["list"], ["show"], ["exists"], ["tag", "list"]):
        project.run(*command)
    # A recorded build has no digest.
    project.run("verify", exit=1)
    project.write("app.py", "print(1)\n")
    changed = (
        MANIFEST.replace('"one"', '"two"').replace("3.12", "3.13").replace('"true"', '"false"')
        + "\n[resources]\ncpu = 4\n"
    )
    project.write("sandbox.toml", changed)
    project.run("plan")
    project.run("verify", exit=1)
    project.run("apply")
    project.run("rollback", "--yes")
    project.run("tag", "add", "agent", "stable")
    project.run("tag", "add", "agent:v1", "stable")
    project.run("tag", "remove", "agent", "stable", "--yes")
    project.run("publish", "agent")
    project.run("unpublish", "agent")
    project.run("prune")
    project.run("prune", "agent", "--yes")
    project.run("delete", "agent", "--yes")


def texts(project, _):
    """Exports and imports."""
    project.write("app.py", "print()\n")
    project.write(
        "sandbox.toml",
        MANIFEST.replace("true", "date") + '\n[[steps]]\ncopy = "app.py"\nto = "/srv/"\nowner = "user"\n',
    )
    project.write("plain.toml", 'name = "x"\nfrom = "python:3.12"\n\n[[steps]]\nrun = "date"\n')
    for target in ("dockerfile", "python", "typescript"):
        project.run("export", target)
    project.run("export", "dockerfile", "-o", "Out")
    project.run("export", "declaw", "plain.toml", "--platform", "declaw")
    project.write("tested.toml", 'name = "x"\nfrom = "python:3.12"\nstart = "sleep 9"\nready = { port = 80 }\n')
    project.run("export", "dockerfile", "tested.toml")
    project.write("public.toml", 'name = "x"\npublic = true\nfrom = "python:3.12"\n')
    project.run("export", "typescript", "public.toml", "--platform", "novita", exit=1)
    project.write("Dockerfile.dockerignore", "*.log\n")
    dockerfile = """FROM python:3.12
HEALTHCHECK CMD true
EXPOSE 80
STOPSIGNAL SIGINT
VOLUME /data
ONBUILD RUN true
RUN  date
ENV A=1
ENTRYPOINT ["a"]
"""
    project.write("Dockerfile", dockerfile)
    project.run("import", "Dockerfile", "-o", "-")
    project.run("import", "Dockerfile", "-o", "new.toml")
    project.write(
        "e2b.toml", 'template_id = "abc"\ntemplate_name = "old"\ndockerfile = "Dockerfile"\nmemory_mb = 512\n'
    )
    project.run("import", "e2b.toml", "-o", "-")
    project.write(
        "devcontainer.json", '{"name": "a", "image": "python:3.12", "features": {"x": {}}, "forwardPorts": [80]}'
    )
    project.run("import", "devcontainer.json", "-o", "-", exit=1)
    template = {
        "fromImage": "python:3.12",
        "steps": [{"type": "RUN", "args": ["date"], "force": False}],
        "force": False,
    }
    project.write("template.json", json.dumps(template))
    project.run("import", "template.json", "-o", "-")
    project.write("sdk/e2b.py", SDK.replace("TEMPLATE", repr(json.dumps({**template, "steps": []}))))
    project.write("sdk/build.py", "import e2b\n\ntemplate = e2b.Template()\n")
    project.run("import", "sdk/build.py", "--run", "-o", "-")


# A stand-in for an official SDK.
SDK = """
class Template:
    class _template:
        _instructions = []
        _file_context_path = "."
        _file_ignore_patterns = []

    @staticmethod
    def to_json(template, *arguments, **options):
        return TEMPLATE
"""


# Stand-ins for engines.
DOCKER = r"""#!/bin/sh
case "$1 $2" in
"version --format") case $3 in
    *json*) echo '{"Client":{"Version":"28.2.2","ApiVersion":"1.41"},"Server":{"Version":"20.10.24"}}';;
    *) echo 28.2.2;;
    esac;;
"info --format") echo '{"ServerVersion":"20.10.24","Driver":"vfs","Architecture":"x86_64","DockerRootDir":"/","Name":"NODE"}';;
"image ls") echo sha256:1;;
"image inspect") echo '["localhost/sbx-base:k"] 130000000 ["a","b"]';;
*) exit 1;;
esac
"""

PODMAN = r"""#!/bin/sh
case "$1 $2" in
"version --format") echo 4.3.1;;
"info --format") echo '{"version":{"Version":"4.3.1"},"store":{"graphDriverName":"overlay","graphRoot":"/"},"host":{"arch":"amd64"}}';;
*) exit 1;;
esac
"""


def doctor(project, stack):
    """The checks of machines with and without engines, keys and a server."""
    for name, text in (
        ("docker/docker", DOCKER.replace("NODE", os.uname().nodename)),
        ("podman/podman", PODMAN),
        ("dead/docker", "#!/bin/sh\nexit 1\n"),
    ):
        project.write(name, text)
        (project.directory / name).chmod(0o755)

    def path(*directories):
        return ":".join([*(str(project.directory / name) for name in directories), "/usr/bin", "/bin"])

    auto = {"SBX_ENGINE": "auto", "SBX_ENGINE_NETWORK": "host"}
    project.run("doctor")
    project.run("doctor", env={"PATH": path("docker"), **auto})
    project.run("doctor", env={"PATH": path("dead", "podman"), **auto})
    project.run("doctor", env={"PATH": path("dead"), "SBX_ENGINE": "docker"}, exit=1)
    project.run("doctor", env={"SBX_ENGINE_ARGS": "--cap-drop ALL"})
    project.write("app.py", "print()\n")
    project.run("doctor", env={"SBX_DATA": "app.py", "SBX_STATE": "app.py"}, exit=1)
    project.write("schema.json", "{}")
    project.write("sandbox.toml", "#:schema schema.json\n" + MANIFEST)
    project.write("app.py", "print()\n")
    project.run("doctor")
    project.write("sandbox.toml", MANIFEST)
    project.run("apply")
    project.run("doctor")
    project.run("doctor", "--online")
    server = stack.enter_context(running(Platform()))
    server.has_pages = False
    project.write("key", "key_0123456789abcdef\n")
    (project.directory / "key").chmod(0o600)
    keys = {
        "E2B_API_KEY": "key_0123456789abcdef",
        "E2B_API_URL": server.url,
        "DECLAW_API_KEY_FILE": "key",
        "DECLAW_API_URL": server.url,
    }
    keys |= {
        "NOVITA_API_KEY": "key_0123456789abcdef",
        "NOVITA_API_URL": "http://127.0.0.1:9",
        "SBX_RETRY_SCALE": "0.001",
    }
    project.run("doctor", "--online", env=keys, exit=3)
    stack.enter_context(project.serving())
    project.run("doctor")


class Remote:
    """A project on a platform of its own."""

    def __init__(self, project, stack, platform="novita"):
        self.project = project
        self.server = stack.enter_context(running(Platform()))
        self.server.log = [{"timestamp": TIME, "level": "info", "message": "a line", "step": "1"}]
        self.env = {
            "SBX_PLATFORM": platform,
            f"{platform.upper()}_API_KEY": "key_0123456789abcdef",
            f"{platform.upper()}_API_URL": self.server.url,
            "SBX_RETRY_SCALE": "0.001",
        }
        project.write("app.py", "print()\n")
        project.write("sandbox.toml", MANIFEST)

    def run(self, *arguments, exit=0, env=()):
        return self.project.run(*arguments, exit=exit, env={**self.env, **dict(env)})


def remote(project, stack):
    """Builds on a platform that end well, and what is done with them."""
    remote = Remote(project, stack)
    server, run, write = remote.server, remote.run, project.write
    run("plan")
    run("verify", exit=1)
    run("list")
    write("sandbox.toml", MANIFEST.replace("from =", "public = true\nfrom ="))
    run("plan")
    run("apply", "--dry-run")
    run("apply")
    run("apply")
    for command in ("plan", "status", "logs", "verify", "list", "show", "exists"):
        run(command)
    server.public = False
    run("verify", exit=1)
    run("plan")
    write("sandbox.toml", MANIFEST.replace("from =", "public = false\nfrom ="))
    server.public = True
    run("verify", exit=1)
    server.public = False
    run("plan", "--tag", "v2")
    run("apply", "--tag", "v2")
    server.add("error", "default")
    run("verify")
    run("list")
    run("show")
    run("tag", "list")
    run("exists", "agent:none", exit=1)
    run("rollback", "agent", "--tag", "v2", "--to", server.builds[0]["id"], "--yes")
    changed = MANIFEST.replace('"one"', '"two"\nEXTRA = "x"').replace("3.12", "3.13")
    write("sandbox.toml", changed + '\n[[steps]]\nrun = "date"\n\n[resources]\ncpu = 4\nmemory = "2GiB"\n')
    write("app.py", "print(1)\n")
    run("plan")
    run("verify", exit=1)
    write(
        "sandbox.toml",
        MANIFEST.replace('[[steps]]\nrun = "true"\n', "").replace(
            "from =", 'start = "sleep 9"\nready = "true"\nfrom ='
        ),
    )
    run("plan")
    (project.directory / "src").mkdir()
    write("src/old.py", "")
    fuller = MANIFEST.replace("app.py", "src").replace('"one"', '"one"\nEXTRA = "x"')
    write("sandbox.toml", fuller.replace("from =", 'start = "sleep 9"\nready = "true"\nfrom ='))
    run("apply")
    (project.directory / "src/old.py").unlink()
    write("src/new.py", "")
    write(
        "sandbox.toml", MANIFEST.replace("app.py", "src").replace("from =", 'start = "sleep 8"\nready = "true"\nfrom =')
    )
    run("plan")
    write("sandbox.toml", MANIFEST.replace("app.py", "src"))
    run("plan")
    run("apply")
    # What a copy leaves in the records of this machine if it has too many files.
    for record in project.home.glob("state/*.inputs"):
        history = json.loads(record.read_text())
        for step in history["builds"][0]["inputs"]["steps"]:
            step.pop("files", None)
        record.write_text(json.dumps(history))
    write("src/new.py", "print()\n")
    run("plan")
    run("delete", "agent", "--yes")


TESTS = '\n[[tests]]\nname = "it starts"\nrun = "true"\n\n[[tests]]\nport = 80\ntimeout = "1s"\n'


def failures(project, stack):
    """Builds that do not end well, and what apply reports on the way."""
    remote = Remote(project, stack)
    server, run, write = remote.server, remote.run, project.write
    write("broken/sandbox.toml", MANIFEST.replace("[env]", "[envv]"))
    run("apply", "broken", exit=1)
    write("child/sandbox.toml", 'name = "child"\nfrom = { template = "failing" }\n')
    write("failing/sandbox.toml", 'name = "failing"\nfrom = { template = "none" }\n')
    server.polls, server.end = 0, "error"
    server.reason = {"message": "step 2 failed: exit code 1", "step": "2"}
    server.log = [
        {"level": "error", "message": "no such file"},
        {"timestamp": TIME, "level": "fatal", "message": "x", "step": "base"},
    ]
    run("apply", exit=1)
    run("status", exit=1)
    run("logs")
    run("plan")
    write("app.py", "print(3)\n")
    run("status", exit=1)
    run("status", TEMPLATE, server.builds[-1]["id"], exit=1)
    elsewhere = {"SBX_STATE": "elsewhere"}
    run("status", TEMPLATE, server.builds[-1]["id"], env=elsewhere, exit=1)
    run("logs", TEMPLATE, server.builds[-1]["id"], env=elsewhere)
    server.reason, server.log = None, []
    run("status", exit=1)
    run("apply", "failing", "child", exit=1)
    # A build that takes long.
    server.name, server.builds, server.rows = None, [], []
    server.end, server.polls = "ready", 10000
    run("apply", "--timeout", "2s", exit=3)
    run("status")
    run("plan")
    server.polls = 0
    # A build without output.
    write("app.py", "print(7)\n")
    server.log, server.polls = [], 900
    run("apply")
    server.polls = 0
    server.log = [{"timestamp": TIME, "level": "info", "message": "a line", "step": "1"}]
    # Requests that fail.
    server.faults = [("POST", "/v3/templates", 503)]
    run("apply")
    write("app.py", "print(4)\n")
    server.upload_url = "http://store.invalid"
    run("apply", exit=3, env={"all_proxy": "http://127.0.0.1:9"})
    server.upload_url = server.url
    build = len(server.builds)
    server.faults = []

    def lose():
        """Fails the reading of the log, once the build has ended."""
        if len(server.builds) > build and server.builds[-1]["status"] == "ready":
            server.faults.append(("GET", f"/templates/{TEMPLATE}/builds/", 500))

    server.hooks = [("GET", f"/templates/{TEMPLATE}/builds/", lose)]
    run("apply")
    server.hooks, server.faults = [], []
    # A visibility that cannot be set, and a tag that is moved meanwhile.
    write("app.py", "print(5)\n")
    write("sandbox.toml", MANIFEST.replace("from =", "public = true\nfrom ="))
    server.faults = [("PATCH", "/v2/templates", 403)]
    run("apply", exit=3)
    server.faults = []
    write("app.py", "print(6)\n")
    write("sandbox.toml", MANIFEST)
    server.hooks = [("GET", f"/templates/{TEMPLATE}/builds/", lambda: server.add("ready", "v1", "default"))]
    run("apply", exit=3)
    server.hooks = []
    server.faults = [("DELETE", "/templates/", 400)]
    run("delete", "agent", "--yes", exit=3)


def tests(project, stack):
    """Manifests with tests, and profiles."""
    remote = Remote(project, stack, "e2b")
    server, run, write = remote.server, remote.run, project.write
    server.has_pages = False
    write("sandbox.toml", MANIFEST + TESTS)
    run("plan")
    run("apply", "--dry-run")
    run("apply")
    run("test")
    server.exit = 1
    run("test", exit=1)
    write("app.py", "print(1)\n")
    run("apply", exit=1)
    run("status")
    write("app.py", "print(2)\n")
    server.faults = [("POST", "/v2/sandboxes", 403)] * 9 + [("POST", "/sandboxes", 403)] * 9
    run("apply", exit=3)
    server.faults = []
    profiles = MANIFEST + TESTS + '\n[profiles.slim]\nname = "agent"\nresources = { cpu = 1 }\n'
    write("sandbox.toml", profiles)
    server.exit = 0
    for command in (["plan"], ["apply"], ["verify"], ["test"], ["status"]):
        run(*command, "--profile", "slim")
    # A problem of one profile.
    write("profiles.toml", MANIFEST + '\n[profiles.a.env]\nMODE = "${NOWHERE}"\n')
    run("check", "profiles.toml")
    run("test", "--build", server.builds[0]["id"])


def tags(project, stack):
    """Tags of other clients, and tags that nothing needs."""
    remote = Remote(project, stack)
    server, run = remote.server, remote.run
    run("apply")
    first = server.builds[0]["id"]
    server.builds[0]["cpu"] = 8
    run("verify", exit=1)
    server.builds[0]["cpu"] = 2
    server.add("ready", "v1", "default")
    run("verify", exit=1)
    run("plan")
    run("rollback", "--yes")
    run("rollback", "agent", "--tag", "new", "--to", first, "--yes")
    server.add("ready", "sbx-tmp-0123456789abcdef")
    run("prune", "agent", "--yes")
    server.add("ready", "single")
    run("tag", "remove", "agent", "single", "--yes")
    server.polls = 10000
    server.add("building", "slow")
    run("tag", "list")
    run("exists", "agent:slow", exit=1)
    run("plan", "--tag", "slow")
    for at in range(160):
        server.add("error", f"t{at}")
    run("tag", "list")
    server.name, server.builds, server.rows = "other", [], []
    server.add("ready", "v1")
    server.builds[0].update(cpu=0, memory=0)
    run("list")
    run("show", "other")


def declaw(project, stack):
    """A platform without builds and tags."""
    remote = Remote(project, stack, "declaw")
    run, write = remote.run, project.write
    plain = 'name = "agent"\nfrom = "python:3.12"\n\n[[steps]]\nrun = "true"\n'
    write("sandbox.toml", plain)
    run("apply")
    for command in ("plan", "list", "status"):
        run(command)
    for command in ("show", "exists"):
        run(command, "agent")
    run("apply", "--dry-run", "--replace")
    write("sandbox.toml", plain + '\n[env]\nMODE = "one"\n\n[resources]\ndisk = "2GiB"\n')
    run("plan")
    run("apply", "--replace")
    write("sandbox.toml", plain.replace("true", "false"))
    run("plan")
    write("sandbox.toml", plain + TESTS)
    run("test")


def lock(project, stack):
    """Locks of images, packages, templates and built images."""
    registry, index, newer = (
        stack.enter_context(running(server)) for server in (Registry(), Index("1.0"), Index("1.1"))
    )
    registry.push("app", "1", "1")
    registry.push("other", "1", "1")
    image = f'name = "agent"\nfrom = "{registry.address}/app:1"\n\n[[steps]]\npip = ["fastapi"]\n\n[[steps]]\napt = ["git"]\n'
    project.write("sandbox.toml", image)

    def run(*arguments, server=index, exit=0):
        return project.run(*arguments, exit=exit, env={"PIP_INDEX_URL": f"{server.url}/simple"})

    run("lock", "--check", exit=1)
    run("verify", exit=1)
    run("lock")
    run("lock")
    run("verify", exit=1)
    registry.push("app", "1", "2")
    run("lock", "--check", exit=1)
    run("lock", "--update", server=newer)
    project.write("sandbox.toml", image.replace("app:1", "other:1").replace("fastapi", "httpx"))
    run("lock", "--check", exit=1)
    run("verify", exit=1)
    run("lock")
    project.write("base/sandbox.toml", 'name = "base"\ntags = ["stable"]\nfrom = { base = true }\n')
    project.write("child/sandbox.toml", 'name = "child"\nfrom = { template = "base:stable" }\n')
    run("apply", "base")
    run("lock", "child", "--check", exit=1)
    run("lock", "child")
    run("apply", "child")
    project.write(
        "base/sandbox.toml", 'name = "base"\ntags = ["stable"]\nfrom = { base = true }\n\n[[steps]]\nrun = "date"\n'
    )
    run("plan", "base")
    run("apply", "base")
    run("lock", "child", "--check", exit=1)
    project.write("free/sandbox.toml", 'name = "free"\nfrom = { template = "base:stable" }\n')
    run("apply", "free")
    project.write(
        "base/sandbox.toml", 'name = "base"\ntags = ["stable"]\nfrom = { base = true }\n\n[[steps]]\nrun = "pwd"\n'
    )
    run("plan", "base")
    run("plan", "base", "free")
    project.write("built/Dockerfile", "FROM debian:12\n")
    project.write(
        "built/sandbox.toml",
        f'name = "built"\n\n[from]\ndockerfile = "Dockerfile"\nbuild = "{registry.address}/team/base"\n',
    )
    remote = Remote(project, stack, "e2b")
    remote.server.has_pages = False
    (plan,) = remote.run("plan", "built")
    registry.push("team/base", plan["image"].rpartition(":")[2], "1")
    remote.run("lock", "built", "--check", exit=1)
    remote.run("lock", "built")


def engine(project, stack):
    """A local platform on another machine, whose engine has lost an image."""
    remote = Remote(project, stack, "local")
    server, run = remote.server, remote.run
    server.has_pages = False
    url = ["--api-url", server.url]
    run("apply", *url)
    server.missing = [build["id"] for build in server.builds]
    run("plan", *url)
    run("show", *url)
    run("prune", *url)


SCENARIOS = [check, local, texts, doctor, remote, failures, tests, tags, declaw, lock, engine]


def records(sbx, directory):
    """What the program printed in all scenarios."""

    def run(scenario):
        project = Project(sbx, pathlib.Path(directory) / scenario.__name__)
        with ExitStack() as stack:
            scenario(project, stack)
        return project.records

    # Most of their time is waiting.
    with ThreadPoolExecutor(4) as pool:
        return [record for found in pool.map(run, SCENARIOS) for record in found]
