"""The cost of builds on Docker: `sbx apply` beside `docker build` of the equivalent Dockerfile, in
turns. All begin with the same provisioned image, and none starts anything after the steps."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from compare import rounds, tell
from context import tree

ROOT = Path(__file__).resolve().parents[1]
MIB = 1 << 20
IMAGE = "python:3.12"
TAG = "sbx-bench-engine:1"
RESULT = "sbx-bench-engine:result"

OWN = "sbx apply"
OLDER = "docker build without BuildKit"
# The file and the value of DOCKER_BUILDKIT of each build that is measured beside it.
OTHERS = {
    "docker build": ("steps", "1"),
    "docker build, with the platform's finalize": ("finalize", "1"),
    OLDER: ("steps", "0"),
}

# What the platform does after the steps, which the template's Dockerfile does not ask for.
FINALIZE = 'COPY configure.sh /tmp/\nSHELL ["/bin/bash", "-c"]\nUSER root\nRUN . /tmp/configure.sh\n'


@dataclass
class Case:
    """A template and its Dockerfile, both without their base."""

    name: str
    steps: list[str]
    instructions: list[str]
    head: str = ""
    fill: Callable[[Path], None] = lambda _: None
    beside: str = "docker build"
    """The build that the goals are about."""

    def manifest(self) -> str:
        steps = "\n".join(f"[[steps]]\n{step}\n" for step in self.steps)
        return f'name = "bench-engine"\n{self.head}[from]\nimage = "{TAG}"\n{steps}'


def quick(count: int) -> Case:
    """Steps that cost nothing by themselves."""
    commands = [f"echo {at} >/home/user/{at}" for at in range(count)]
    return Case(
        f"{count} quick steps",
        [f'run = "{command}"' for command in commands],
        ["WORKDIR /home/user", "USER user", *(f"RUN {command}" for command in commands)],
    )


def fastapi() -> Case:
    """The example, with its packages from PyPI."""
    example = ROOT / "examples" / "fastapi"
    install = "pip install --no-cache-dir -r requirements.txt"

    def fill(root: Path) -> None:
        for name in ("requirements.txt", "app.py"):
            shutil.copy(example / name, root)

    return Case(
        "the FastAPI example, packages from PyPI",
        [
            'copy = "requirements.txt"\nto = "/home/user/app/"',
            f'run = "{install}"\nuser = "root"',
            'copy = "app.py"\nto = "/home/user/app/"',
        ],
        [
            "ENV APP_ENV=production PYTHONUNBUFFERED=1",
            "WORKDIR /home/user/app",
            "COPY requirements.txt .",
            f"RUN {install}",
            "COPY app.py .",
        ],
        head='workdir = "/home/user/app"\nenv = { APP_ENV = "production", PYTHONUNBUFFERED = 1 }\n',
        fill=fill,
    )


def apt() -> Case:
    install = "apt-get update && apt-get install -y --no-install-recommends graphviz"
    return Case(
        "apt-get install graphviz, packages from Debian",
        [f'run = "{install}"\nuser = "root"'],
        [f"RUN {install}"],
    )


def one_file(root: Path) -> None:
    (root / "src").mkdir()
    with (root / "src" / "file").open("wb") as file:
        for _ in range(200):
            file.write(random.randbytes(MIB))


def copies(name: str, fill: Callable[[Path], None]) -> Case:
    return Case(
        name,
        ['copy = "src"\nto = "/srv/src/"'],
        ["COPY --chown=user:user src /srv/src/"],
        fill=fill,
    )


def log() -> Case:
    """A million lines. BuildKit drops nearly all of them, the older builder keeps them as `sbx`."""
    run = f"yes $(printf %049d 7) | head -n {MIB}"
    return Case("50 MB of log", [f'run = "{run}"'], [f"RUN {run}"], beside=OLDER)


def cases() -> Iterable[Case]:
    return [
        quick(6),
        quick(20),
        fastapi(),
        apt(),
        copies("COPY of 20,000 files, 50 MB", lambda root: tree(root, 20_000, 50_000_000)),
        copies("COPY of one file of 200 MB", one_file),
        log(),
    ]


@dataclass
class Bench:
    """The programs, and where they work."""

    sbx: Path
    docker: str
    work: Path
    base: str = ""
    """The image that the first step of each template begins with."""
    bases: list[str] = field(default_factory=list)
    """That one, and the one that it is based on."""
    peaks: dict[str, float] = field(default_factory=dict)
    """The most memory that the processes of `sbx` have used, in MiB."""

    @property
    def data(self) -> Path:
        return self.work / "data"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "SBX_DATA": str(self.data),
            "SBX_ENGINE": "docker",
            "SBX_ENGINE_NETWORK": "host",
            "XDG_CACHE_HOME": str(self.work / "cache"),
            "XDG_STATE_HOME": str(self.work / "state"),
        }

    def apply(self, context: Path, *more: str) -> float:
        command = [self.sbx, "apply", "--platform", "local", context, *more]
        return timed(command, self.environment(), self.peak("sbx apply"))

    def serve(self) -> subprocess.Popen[bytes]:
        """Starts a platform that the next calls of `apply` find by the data directory."""
        served = subprocess.Popen(
            [self.sbx, "serve", "--listen", "127.0.0.1:0"],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert served.stdout
        served.stdout.readline()
        threading.Thread(target=served.stdout.read, daemon=True).start()
        return served

    def peak(self, name: str) -> Callable[[int], None]:
        def look(pid: int) -> None:
            self.peaks[name] = max(self.peaks.get(name, 0), peak_mib(pid))

        return look

    def build(self, context: Path, file: str, builder: str, *options: str) -> float:
        command = [self.docker, "build", "--network", "host", "--file", context / file, *options]
        command += ["--tag", RESULT, context]
        return timed(command, os.environ | {"DOCKER_BUILDKIT": builder})

    def images(self, pattern: str) -> list[str]:
        command = ["image", "ls", "--filter", f"reference={pattern}"]
        return self.ask(*command, "--format", "{{.Repository}}:{{.Tag}}").split()

    def layers(self, image: str) -> list[str]:
        return self.ask("image", "inspect", "--format", '{{join .RootFS.Layers " "}}', image).split()

    def ask(self, *arguments: str, say: str = "") -> str:
        command = [self.docker, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, input=say)
        return done.stdout

    def forget(self) -> None:
        """Removes the data directory with its images."""
        store = (self.data / "engine-id").read_text().strip()
        self.ask("image", "rm", *self.images(f"localhost/sbx-{store}/*"))
        shutil.rmtree(self.data)

    def provision(self) -> None:
        """Makes an image that no build has used, and prints what its first build takes more."""
        # A layer of its own, by which what is built on it is told from what others have built.
        self.ask("build", "--tag", TAG, "-", say=f"FROM {IMAGE}\nRUN echo {uuid.uuid4()} >/bench\n")
        context = self.work / "base"
        context.mkdir()
        (context / "sandbox.toml").write_text(Case("", ['run = "true"'], []).manifest())
        first = self.apply(context)
        self.forget()
        second = self.apply(context)
        self.forget()
        print(f"provisioning, once for each image: {first - second:.1f} s", flush=True)
        own = self.layers(TAG)
        self.bases = [base for base in self.images("localhost/sbx-base") if self.is_on(base, own)]
        # With what provisioning installs, and the user that steps begin as.
        self.base = max(self.bases, key=lambda base: len(self.layers(base)))

    def is_on(self, base: str, layers: list[str]) -> bool:
        return self.layers(base)[: len(layers)] == layers

    def close(self) -> None:
        """Removes the images of this run."""
        for image in (RESULT, *self.bases, TAG):
            with suppress(subprocess.CalledProcessError):
                self.ask("image", "rm", image)


def peak_mib(pid: int) -> float:
    """The most memory that a process has used, without its children."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0


def timed(
    command: list[str | Path], env: dict[str, str], look: Callable[[int], None] | None = None
) -> float:
    """How many seconds a command takes. Its output goes to a pipe, as in a script."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout
    tail = b""
    looked = begun
    while chunk := process.stdout.read1(MIB):
        tail = (tail + chunk)[-3000:]
        if look and time.perf_counter() - looked > 0.1:
            looked = time.perf_counter()
            look(process.pid)
    process.wait()
    seconds = time.perf_counter() - begun
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{tail.decode(errors='replace')}")
    return seconds


Times = dict[str, list[float]]


def measure(bench: Bench, case: Case) -> None:
    """Builds a case in turns, first without and then with a cache, and prints what it takes."""
    context = bench.work / "context"
    context.mkdir()
    case.fill(context)
    (context / "sandbox.toml").write_text(case.manifest())
    (context / ".dockerignore").write_text("sandbox.toml\n.dockerignore\n*.Dockerfile\n")
    shutil.copy(ROOT / "src/local/executor/configure.sh", context)
    steps = "\n".join([f"FROM {bench.base}", "USER root", *case.instructions, ""])
    for file, text in {"steps": steps, "finalize": steps + FINALIZE}.items():
        (context / f"{file}.Dockerfile").write_text(text)
    first: Times = {}
    again: Times = {}
    for number in range(rounds(5)):
        # Under a name that no builder knows.
        copy = bench.work / f"context-{number}"
        shutil.copytree(context, copy, symlinks=True)
        first.setdefault(OWN, []).append(bench.apply(copy))
        again.setdefault(OWN, []).append(bench.apply(copy, "--rebuild"))
        bench.forget()
        for name, (file, builder) in OTHERS.items():
            build = (copy, f"{file}.Dockerfile", builder)
            first.setdefault(name, []).append(bench.build(*build, "--no-cache"))
            again.setdefault(name, []).append(bench.build(*build))
        shutil.rmtree(copy)
    print(f"\n{case.name}")
    report("first", first)
    report("cached", again)
    judge(case, first, again)
    if case.name == log().name:
        serve(bench, context)
    shutil.rmtree(context)


def serve(bench: Bench, context: Path) -> None:
    """The memory for a long log, of a command with the platform in it and of the two alone."""
    print(f"  peak memory of sbx apply: {bench.peaks['sbx apply']:.0f} MiB")
    server = bench.serve()
    bench.peaks.clear()
    seconds = bench.apply(context)
    bench.peak("sbx serve")(server.pid)
    server.terminate()
    server.wait()
    print(
        f"  with sbx serve {seconds:.2f} s; peak memory {bench.peaks['sbx serve']:.0f} MiB,"
        f" of its client {bench.peaks['sbx apply']:.0f} MiB",
        flush=True,
    )
    bench.forget()


def report(title: str, times: Times) -> None:
    own = times[OWN]
    for what, seconds in times.items():
        median, least = statistics.median(seconds), min(seconds)
        print(
            f"  {title:6} {what:42} median {median:6.2f} s, least {least:6.2f} s;"
            f" sbx takes {statistics.median(own) / median:5.2f}, {min(own) / least:5.2f} of it",
            flush=True,
        )


def judge(case: Case, first: Times, again: Times) -> None:
    """The goals, by the fastest runs: what else a machine does only makes a run slower."""
    own, other = min(first[OWN]), min(first[case.beside])
    over = (own - other) / len(case.instructions)
    tell(f"first build, beside {case.beside}", "1.5 x", f"{own / other:.2f} x", met=own <= 1.5 * other)
    tell("over it, for each instruction", "0.4 s", f"{over:.2f} s", met=over <= 0.4)
    cached = min(again[OWN])
    tell("all cached", "0.3 s", f"{cached:.2f} s", met=cached <= 0.3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sbx", type=Path, required=True)
    parser.add_argument("--docker", default="docker", help="a client whose `build` has BuildKit")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("words", nargs="*", help="parts of the names of cases")
    given = parser.parse_args()
    bench = Bench(given.sbx, given.docker, given.work)
    try:
        bench.provision()
        for case in cases():
            if not given.words or any(word in case.name for word in given.words):
                measure(bench, case)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
