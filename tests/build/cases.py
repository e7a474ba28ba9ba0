"""Cases of `from.build` with real engines and registries: `cases.py docker|buildx|remote|podman WORK`.

`run.sh` starts the engine, makes `debian:12` and sets `SBX`. Prints the cases, and of those that failed the output.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SBX = os.environ["SBX"]
SECRET = "t0p-secret-of-the-build"
PASSWORD = "pa55word-of-the-registry"
DOCKERFILE = """\
ARG GREETING=unset
FROM debian:12 AS build
ARG GREETING
RUN --mount=type=secret,id=token sha256sum /run/secrets/token | cut -c1-16 >/proof; cat /run/secrets/token
RUN --mount=type=cache,target=/cache echo x >>/cache/log && wc -l </cache/log >/runs
COPY src/ /src/
RUN echo "$GREETING" >/greeting

FROM debian:12 AS runtime
COPY --from=build --chmod=0644 /greeting /proof /runs /srv/app/
COPY --from=build /src /srv/app/src
ENV APP_MODE=production
WORKDIR /srv/app
CMD ["sleep", "86400"]

FROM runtime AS broken
RUN echo words of the failure; exit 9

FROM runtime AS slow
RUN sleep 98765
"""


class Failed(Exception):
    pass


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(150):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Failed(f"nothing listens on {port}")


class Case:
    """A project, two registries and a platform, with directories of their own."""

    def __init__(self, engine: str, work: Path) -> None:
        self.engine, self.work, self.processes = engine, work, []
        self.passed, self.failed = 0, 0
        work.mkdir(parents=True, exist_ok=True)
        self.project = work / "project"
        (self.project / "src").mkdir(parents=True)
        (self.project / ".git").mkdir()
        (self.project / "src/main.txt").write_text("one\n")
        (self.project / "notes.txt").write_text("not for the image\n")
        (self.project / ".dockerignore").write_text("notes.txt\n")
        (self.project / "Dockerfile").write_text(DOCKERFILE)
        self.open = self.registry("open")
        crypt = ["perl", "-e", 'print crypt($ARGV[0], q($2b$05$) . "abcdefghijklmnopqrstuu")', PASSWORD]
        hashed = subprocess.run(crypt, check=True, capture_output=True, text=True).stdout
        (work / "htpasswd").write_text(f"robot:{hashed}\n")
        self.closed = self.registry("closed", f"{{htpasswd: {{realm: test, path: {work}/htpasswd}}}}")
        self.variables = {
            "HOME": str(work / "home"),
            "SBX_STATE": str(work / "state"),
            "SBX_DATA": str(work / "data"),
            "E2B_API_KEY": "e2b_0123456789",
            "TOKEN": SECRET,
            "SBX_ENGINE": "podman" if engine == "podman" else "docker",
        }
        (work / "home").mkdir()
        self.serve()

    def registry(self, name: str, auth: str = "") -> str:
        port = free_port()
        text = "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        text += f"storage: {{filesystem: {{rootdirectory: {self.work}/{name}}}}}\n"
        text += f'http: {{addr: "127.0.0.1:{port}"}}\n' + (f"auth: {auth}\n" if auth else "")
        (self.work / f"{name}.yml").write_text(text)
        with (self.work / f"{name}.log").open("w") as log:
            command = ["docker-registry", "serve", str(self.work / f"{name}.yml")]
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        wait_for(port)
        return f"127.0.0.1:{port}"

    def serve(self) -> None:
        """A platform that pulls: the local one, by the protocol of E2B."""
        port = free_port()
        environment = {**os.environ, **self.variables, "SBX_DATA": str(self.work / "platform")}
        with (self.work / "platform.log").open("w") as log:
            command = [SBX, "serve", "--listen", str(port)]
            serve = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.processes.append(serve)
        wait_for(port)
        self.variables["E2B_API_URL"] = f"http://127.0.0.1:{port}"

    def end(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait()

    def manifest(self, repository: str, *keys: str, name: str = "agent", platform: str = "e2b") -> None:
        lines = [f'name = "{name}"', f'platform = "{platform}"', "[from]", 'dockerfile = "Dockerfile"']
        lines += [f'build = "{repository}"', *keys, "[build_env]", 'GREETING = "hello"', 'OTHER = "x"']
        (self.project / "sandbox.toml").write_text("\n".join(lines) + "\n")

    def sbx(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.variables, **variables}
        self.ran = subprocess.run(
            [SBX, *arguments], cwd=self.project, env=environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=500,
        )
        return self.ran

    def expect(self, what: str, code: int, *words: str, without: tuple[str, ...] = ()) -> None:
        """Compares how the last run ended, and what it printed."""
        text = self.ran.stdout + self.ran.stderr
        wrong = [f"no `{word}`" for word in words if word not in text]
        wrong += [f"`{word}`" for word in (*without, SECRET, PASSWORD) if word in text]
        if self.ran.returncode != code:
            wrong.append(f"exit code {self.ran.returncode} instead of {code}")
        self.note(what, not wrong, f"{', '.join(wrong)} in\n{text}")

    def note(self, what: str, is_right: bool, why: str = "") -> None:
        if is_right:
            self.passed += 1
            print(f"{self.engine}: {what}", flush=True)
            return
        self.failed += 1
        print(f"FAILED: {self.engine}: {what}: {why}", flush=True)

    def tags(self, registry: str, repository: str) -> list[str]:
        tags = self.work / registry / "docker/registry/v2/repositories" / repository / "_manifests/tags"
        return sorted(tag.name for tag in tags.iterdir()) if tags.is_dir() else []

    def holds_secret(self, directory: Path) -> list[str]:
        """The files that hold the secret, also in compressed layers."""
        found = []
        for path in directory.rglob("*"):
            if not path.is_file() or path.is_symlink():
                continue
            content = path.read_bytes()
            if content[:2] == b"\x1f\x8b":
                content += gzip.decompress(content)
            if SECRET.encode() in content:
                found.append(str(path))
        return found


def refusals(case: Case) -> None:
    """What is refused before anything is built."""
    base = f"{case.open}/team/base"
    secrets = 'secrets = { token = { env = "TOKEN" } }'
    case.manifest(base, 'target = "runtime"', secrets)
    case.sbx("check")
    case.expect("check builds nothing", 0, without=("building",))
    case.sbx("compile")
    case.expect("compile without an image", 1, "image-not-built", "sbx apply")
    case.sbx("plan")
    case.expect("plan", 0, f"the image `{base}:sbx-", "would be built from the Dockerfile and pushed")
    case.sbx("apply", "--dry-run")
    case.expect("dry run", 0, "would be built from the Dockerfile and pushed")
    case.sbx("apply", "--engine", "none", "--allow-push", "--allow-secret", "TOKEN")
    case.expect("no engine", 3, "without a container engine", "install Docker or Podman")
    case.sbx("apply")
    case.expect("no consent", 1, "push-needs-consent", "--allow-push", "secret-needs-consent")
    case.sbx("apply", "--allow-push")
    case.expect("no consent to a secret", 1, "secret-needs-consent", "TOKEN")
    case.sbx("apply", "--allow-push", "--allow-secret", "TOKEN", TOKEN="")
    case.sbx("list", "--platform", "e2b")
    case.expect("nothing was sent", 0, without=("agent",))
    case.note("nothing was pushed", case.tags("open", "team/base") == [])


def applied(case: Case) -> None:
    """Built, pushed, started from; then not built again."""
    base = f"{case.open}/team/base"
    case.manifest(base, 'target = "runtime"', 'secrets = { token = { env = "TOKEN" } }')
    allowed = ("--allow-push", "--allow-secret", f"TOKEN@{case.open}")
    case.sbx("apply", *allowed)
    case.expect("applied", 0, f"building the image `{base}:sbx-", f"pushed `{base}@sha256:", "agent is ready")
    tags = case.tags("open", "team/base")
    case.note("one tag is pushed", len(tags) == 1 and tags[0].startswith("sbx-"), str(tags))
    places = [case.work / "open", case.work / "state", case.work / "data", case.work / "platform"]
    left = [path for place in places if place.is_dir() for path in case.holds_secret(place)]
    case.note("the secret is in no layer and no file", left == [], str(left))
    left = [str(path) for path in (*Path("/dev/shm").glob("sbx-*"), *Path("/tmp").glob("sbx-image-*"))]
    case.note("no file of the build is left", left == [], str(left))
    script = "cat greeting proof src/main.txt; pwd; echo $APP_MODE; ls /srv/app/src"
    case.sbx("run", "agent", "--platform", "e2b", "--", "bash", "-lc", f"cd /srv/app; {script}")
    case.expect("what the image has", 0, "hello", "one", "/srv/app", "production")
    case.sbx("apply", "--allow-push")
    case.expect("unchanged", 0, "up to date", without=("building the image",))
    (case.project / "notes.txt").write_text("another note\n")
    case.sbx("plan", "--exit-code")
    case.expect("an ignored file changes nothing", 0, "up to date", without=("would be built",))
    case.sbx("lock")
    case.expect("locked", 0, "build sbx-")
    lock = (case.project / "sandbox.lock").read_text()
    is_locked = f'reference = "{base}@sha256:' in lock and f'inputs = "{tags[0]}"' in lock
    case.note("the lock has the build", is_locked and "APP_MODE" in lock, lock)
    case.sbx("lock", "--check")
    case.expect("the lock is up to date", 0, "is up to date")
    case.sbx("apply", "--locked", "--engine", "none")
    case.expect("a lock needs no engine", 0, "up to date")
    case.sbx("compile", "--locked")
    case.expect("compiled from the lock", 0, f'"fromImage": "{base}@sha256:')
    case.sbx("verify")
    case.expect("verified", 0)
    (case.project / "src/main.txt").write_text("two\n")
    case.sbx("compile", "--locked")
    case.expect("the lock has other inputs", 1, "stale-lock")
    case.sbx("lock", "--check")
    case.expect("the lock is stale", 1, "stale: build")
    case.sbx("plan", "--exit-code", "--format", "json")
    case.expect("a changed file is planned", 4, f'"image":"{base}:sbx-')
    (case.project / "src/main.txt").write_text("one\n")
    (case.project / "sandbox.lock").unlink()


def failures(case: Case) -> None:
    """Builds and pushes that fail, and a private registry."""
    case.manifest(f"{case.open}/team/broken", 'target = "broken"', name="broken")
    case.sbx("apply", "--allow-push")
    case.expect("a build that fails", 1, "the image was not built", "words of the failure", "9")
    case.manifest(f"{case.open}/team/broken", 'target = "nothing"', name="broken")
    case.sbx("check")
    case.expect("a stage that does not exist", 1, "has no stage `nothing`")
    private = f"{case.closed}/team/base"
    secrets = 'secrets = { token = { env = "TOKEN" } }'
    case.manifest(private, 'target = "runtime"', secrets, name="private")
    case.sbx("apply", "--allow-push", "--allow-secret", "TOKEN")
    case.expect("a push that is refused", 3, "the image was not pushed", "login")
    case.note("nothing was pushed there", case.tags("closed", "team/base") == [])


def private(case: Case) -> None:
    """A private registry: the engine signs in to push, the platform to pull."""
    program = case.variables["SBX_ENGINE"]
    login = [program, "login", "--username", "robot", "--password-stdin", case.closed]
    if program == "podman":
        login.insert(2, "--tls-verify=false")
    environment = {**os.environ, **case.variables}
    subprocess.run(login, input=PASSWORD, text=True, check=True, capture_output=True, env=environment)
    case.variables["REGISTRY_PASSWORD"] = PASSWORD
    auth = 'auth = { type = "basic", username = "robot", password = { env = "REGISTRY_PASSWORD" } }'
    case.manifest(
        f"{case.closed}/team/base", 'target = "runtime"', 'secrets = { token = { env = "TOKEN" } }', auth,
        name="private",
    )
    case.sbx("apply", "--allow-push", "--allow-secret", "TOKEN", "--allow-secret", "REGISTRY_PASSWORD")
    case.expect("a private registry", 0, "pushed `", "private is ready")
    case.note("it is pushed there", len(case.tags("closed", "team/base")) == 1)
    found = [path for path in case.holds_secret(case.work / "closed")]
    case.note("no layer has the secret", found == [], str(found))
    case.sbx("apply", "--allow-secret", "REGISTRY_PASSWORD")
    case.expect("it is not built again", 0, "up to date", without=("building the image",))
    case.sbx("apply", "--allow-secret", "REGISTRY_PASSWORD", "--format", "json", "--no-cache", "--allow-push", "--allow-secret", "TOKEN")
    case.expect("without the cache it is", 0, '"step":"image"')
    for line in case.ran.stdout.splitlines():
        json.loads(line)


def local(case: Case, name: str) -> None:
    """On the local platform nothing is pushed."""
    nowhere = f"127.0.0.1:9/team/{name}"
    secrets = 'secrets = { token = { env = "TOKEN" } }'
    case.manifest(nowhere, 'target = "runtime"', secrets, name=name, platform="local")
    case.sbx("apply", "--allow-secret", "TOKEN")
    case.expect("built for the local platform", 0, "building the image", f"{name} is ready", without=("pushed",))
    case.sbx("apply")
    case.expect("not built again", 0, "up to date", without=("building the image",))
    case.sbx("run", name, "--platform", "local", "--", "bash", "-lc", "cat /srv/app/greeting; echo $APP_MODE")
    case.expect("what it has", 0, "hello", "production")
    case.sbx("plan", "--exit-code")
    case.expect("nothing to do", 0, "up to date")


def interrupted(case: Case) -> None:
    """Ctrl-C ends the engine's build."""
    case.manifest("127.0.0.1:9/team/slow", 'target = "slow"', name="slow", platform="local")
    environment = {**os.environ, **case.variables}
    process = subprocess.Popen(
        [SBX, "apply"], cwd=case.project, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )

    def is_running() -> bool:
        return subprocess.run(["pgrep", "-f", "sleep 98765"], capture_output=True).returncode == 0

    for _ in range(600):
        if is_running() or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    case.note("interrupted", process.returncode == 130 and "interrupted" in text, f"{process.returncode}\n{text}")
    for _ in range(100):
        if not is_running():
            break
        time.sleep(0.1)
    # Podman's helper may be gone before it has ended the container.
    if case.engine == "podman":
        subprocess.run(["pkill", "-f", "sleep 98765"], check=False)
    else:
        case.note("its build has ended", not is_running())
    left = [str(path) for path in Path("/tmp").glob("sbx-image-*")]
    case.note("no file is left", left == [], str(left))


class Remote:
    """A second daemon, which is reached over TLS alone and shares no files with the client."""

    def __init__(self, work: Path) -> None:
        self.work, self.port = work / "remote", free_port()
        certificates = self.work / "certificates"
        certificates.mkdir(parents=True)
        self.certificates = certificates
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca",
                     "-keyout", "ca-key.pem", "-out", "ca.pem")
        self.sign("server", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        self.sign("client", "extendedKeyUsage=clientAuth\n")
        (certificates / "client.pem").rename(certificates / "cert.pem")
        (certificates / "client-key.pem").rename(certificates / "key.pem")
        self.bridge = None
        if Path("/sys/class/net/docker0").exists():
            self.bridge = f"sbxr{os.getpid()}"
            for arguments in (["link", "add", self.bridge, "type", "bridge"],
                              ["address", "add", "10.214.0.1/24", "dev", self.bridge],
                              ["link", "set", self.bridge, "up"]):
                subprocess.run(["ip", *arguments], check=True)
        command = ["dockerd", "--host", f"tcp://127.0.0.1:{self.port}", "--tlsverify",
                   f"--tlscacert={certificates}/ca.pem", f"--tlscert={certificates}/server.pem",
                   f"--tlskey={certificates}/server-key.pem", "--data-root", f"{self.work}/docker",
                   "--exec-root", f"{self.work}/exec", "--pidfile", f"{self.work}/pid",
                   "--storage-driver", "overlay2", "--bridge", self.bridge or "none", "--iptables=false",
                   "--ip6tables=false", "--default-ulimit", "nofile=1024:4096"]
        with (self.work / "log").open("w") as log:
            self.daemon = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self.port)

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.certificates, check=True, capture_output=True)

    def sign(self, name: str, extensions: str) -> None:
        (self.certificates / f"{name}.cnf").write_text(extensions)
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}-key.pem", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
                     "-CAcreateserial", "-days", "2", "-extfile", f"{name}.cnf", "-out", f"{name}.pem")

    def variables(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"tcp://127.0.0.1:{self.port}", "DOCKER_TLS_VERIFY": "1",
                "DOCKER_CERT_PATH": str(self.certificates)}

    def load(self, image: str) -> None:
        save = subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE)
        subprocess.run(["docker", "load", "--quiet"], stdin=save.stdout, check=True, capture_output=True,
                       env={**os.environ, **self.variables()})
        save.wait()

    def end(self) -> None:
        self.daemon.terminate()
        self.daemon.wait()
        if self.bridge:
            subprocess.run(["ip", "link", "del", self.bridge], check=True)


def remote(case: Case) -> None:
    """The engine as another machine, by variables and by a context."""
    machine = Remote(case.work)
    try:
        machine.load("debian:12")
        case.variables.update(machine.variables())
        local(case, "far")
        case.sbx("doctor")
        base = f"{case.open}/team/far"
        case.manifest(base, 'target = "runtime"', 'secrets = { token = { env = "TOKEN" } }', name="far-image")
        case.sbx("apply", "--allow-push", "--allow-secret", "TOKEN")
        case.expect("built there and pushed", 0, f"pushed `{base}@sha256:", "far-image is ready")
        steps = 'name = "steps"\nplatform = "local"\nfrom = "debian:12"\n[[steps]]\ncopy = "src/main.txt"\nto = "/srv/main.txt"\n'
        steps += '[start]\ncmd = "sleep 86400"\n[ready]\nfile = "/srv/main.txt"\n'
        (case.project / "sandbox.toml").write_text(steps)
        case.sbx("apply")
        case.expect("steps on another machine", 0, "steps is ready")
        case.sbx("run", "steps", "--platform", "local", "--", "cat", "/srv/main.txt")
        case.expect("files reach it", 0, "one")
        plain = {name: "" for name in machine.variables()}
        environment = {name: value for name, value in os.environ.items() if name not in plain}
        host = f"host=tcp://127.0.0.1:{machine.port},ca={machine.certificates}/ca.pem," \
               f"cert={machine.certificates}/cert.pem,key={machine.certificates}/key.pem"
        subprocess.run(["docker", "context", "create", "far", "--docker", host], check=True,
                       capture_output=True, env=environment)
        for name in plain:
            case.variables.pop(name)
            os.environ.pop(name, None)
        case.variables["DOCKER_CONTEXT"] = "far"
        case.sbx("apply")
        case.expect("the same machine by a context", 0, "steps is up to date")
        (case.project / "src/main.txt").write_text("three\n")
        local(case, "context")
    finally:
        machine.end()


def main() -> None:
    engine, work = sys.argv[1], Path(sys.argv[2])
    # What was started is ended after a signal, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    case = Case(engine, work)
    try:
        if engine == "remote":
            remote(case)
        else:
            refusals(case)
            applied(case)
            failures(case)
            private(case)
            local(case, f"here-{engine}")
            interrupted(case)
    finally:
        case.end()
    print(f"{engine}: {case.passed} passed, {case.failed} failed")
    if case.failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
