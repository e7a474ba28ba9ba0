"""Build examples for real, with the `sbx` and the engine of the environment.

    python3 tests/engine/examples.py [NAME…]

An example that needs more than the package registries is built as a variant whose sources are on
loopback: `agent-runtime` gets `uv` from its wheel on PyPI and clones a repository that is made here,
and `private-registry` pulls from a registry that asks for its password.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "images"))

from container import ENGINE, engine

ROOT = Path(__file__).resolve().parents[2]
SBX = Path(os.environ.get("SBX", ROOT / "target/debug/sbx")).resolve()
PASSWORD = "pa55word-of-the-test"


@dataclass
class Variant:
    """How an example differs from what is committed."""

    replaced: dict[str, str] = field(default_factory=dict)
    """Texts of the manifest, each of which occurs once, and what takes their places."""
    arguments: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def serve(stack: contextlib.ExitStack, port: int, *command: str, cwd: Path | None = None) -> None:
    """Run a server until the end of the stack, and wait until it listens."""
    server = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(server.wait)
    stack.callback(server.terminate)
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{command[0]} does not listen")


def as_committed(_: contextlib.ExitStack, __: Path) -> Variant:
    """No variant."""
    return Variant()


def agent_runtime(stack: contextlib.ExitStack, work: Path) -> Variant:
    """With `uv` and the repository from loopback, and without the Python that `uv` downloads."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "uv", "-d", work]
    subprocess.run(pip, check=True)
    name = "uv-x86_64-unknown-linux-gnu"
    with zipfile.ZipFile(next(work.glob("uv-*.whl"))) as wheel:
        for member in wheel.namelist():
            if member.endswith(("/bin/uv", "/bin/uvx", "/scripts/uv", "/scripts/uvx")):
                program = work / name / Path(member).name
                program.parent.mkdir(exist_ok=True)
                program.write_bytes(wheel.read(member))
                program.chmod(0o755)
    archive = work / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        packed.add(work / name, name)
    web = free_port()
    serve(stack, web, sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(web), cwd=work)
    return Variant(
        {
            "https://github.com/astral-sh/uv/releases/download/0.12.6": f"http://127.0.0.1:{web}",
            "8681d8921e7d520fb368991dcf5f9c1905b80f5bf2a265a0ed085c8d8e342477": hashlib.sha256(
                archive.read_bytes()
            ).hexdigest(),
            "https://github.com/github": repositories(stack, work),
            "uv python install 3.13": "uv --version",
        }
    )


def repositories(stack: contextlib.ExitStack, work: Path) -> str:
    """A server of Git with a repository `gitignore`; its URL."""
    source = work / "repositories/gitignore.git"
    commit = "git -c user.name=test -c user.email=test@example.com commit -q"
    script = f"git init -q -b main . && {commit} --allow-empty -m Begin"
    source.mkdir(parents=True)
    subprocess.run(["bash", "-euc", script], cwd=source, check=True)
    port = free_port()
    serve(
        stack, port, "git", "daemon", "--export-all", "--listen=127.0.0.1", f"--port={port}",
        f"--base-path={source.parent}",
    )  # fmt: skip
    return f"git://127.0.0.1:{port}"


def private_image(stack: contextlib.ExitStack, work: Path) -> tuple[str, str]:
    """A registry on loopback, which asks `robot` for its password, with the stand-in for Python's
    image; the registry's address and the image with its digest."""
    port = free_port()
    host = f"127.0.0.1:{port}"
    hashed = subprocess.run(
        ["perl", "-e", 'print crypt($ARGV[0], q($2b$05$) . "abcdefghijklmnopqrstuu")', PASSWORD],
        capture_output=True,
        check=True,
    )
    (work / "htpasswd").write_bytes(b"robot:" + hashed.stdout + b"\n")
    config = work / "registry.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {work}/registry}}}}\n"
        f'http: {{addr: "{host}"}}\n'
        f"auth: {{htpasswd: {{realm: test, path: {work}/htpasswd}}}}\n"
    )
    serve(stack, port, "docker-registry", "serve", str(config))
    image = f"{host}/platform/python:3.12.11-bookworm"
    login = ["login", "--username", "robot", "--password-stdin", host]
    engine(*login, data=PASSWORD.encode())
    engine("tag", "python:3.12", image)
    pushed = engine("push", image)
    engine("logout", host)
    # The build has to pull it, with the manifest's credentials.
    engine("rmi", image)
    digest = re.search(r"sha256:[0-9a-f]{64}", pushed).group()
    return host, f"{image}@{digest}"


def private_registry(stack: contextlib.ExitStack, work: Path) -> Variant:
    """With a registry that asks for a password."""
    host, image = private_image(stack, work)
    committed = (ROOT / "examples/private-registry/sandbox.toml").read_text()
    reference = re.search(r'image = "([^"]*)"', committed).group(1)
    return Variant(
        {reference: image},
        ("--allow-secret", f"REGISTRY_USERNAME@{host}", "--allow-secret", f"REGISTRY_PASSWORD@{host}"),
        {"REGISTRY_USERNAME": "robot", "REGISTRY_PASSWORD": PASSWORD},
    )


EXAMPLES: dict[str, Callable[[contextlib.ExitStack, Path], Variant]] = {
    "fastapi": as_committed,
    "node-service": as_committed,
    "private-registry": private_registry,
    "agent-runtime": agent_runtime,
    "data-science": as_committed,
}


def build(name: str) -> bool:
    """Whether an example is built; its log is printed if not."""
    begun = time.monotonic()
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        project = work / "project"
        shutil.copytree(ROOT / "examples" / name, project)
        (project / ".git").mkdir()
        variant = EXAMPLES[name](stack, work)
        manifest = project / "sandbox.toml"
        text = manifest.read_text()
        for old, new in variant.replaced.items():
            if text.count(old) != 1:
                raise ValueError(f"{name}: `{old}` does not occur once")
            text = text.replace(old, new)
        manifest.write_text(text)
        stack.callback(remove_images, work / "data")
        done = subprocess.run(
            [SBX, "apply", "--platform", "local", "--data", work / "data", *variant.arguments, manifest],
            env={**os.environ, "SBX_NO_IMAGE_CHECK": "1", **variant.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = done.stdout.decode(errors="replace")
    is_built = done.returncode == 0 and PASSWORD not in said
    print(f"{name}: {'built' if is_built else 'FAILED'} in {time.monotonic() - begun:.0f} s", flush=True)
    if not is_built:
        print(said)
    return is_built


def remove_images(data: Path) -> None:
    """Remove what the builds of a data directory have left in the engine."""
    with contextlib.suppress(FileNotFoundError):
        store = (data / "engine-id").read_text().strip()
        listed = engine("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
        if names := [line for line in listed if f"sbx-{store}/" in line]:
            subprocess.run([ENGINE, "rmi", "--force", *names], capture_output=True, check=False)


def main() -> int:
    names = sys.argv[1:] or list(EXAMPLES)
    return 0 if all([build(name) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
