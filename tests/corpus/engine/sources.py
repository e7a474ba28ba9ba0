"""What examples load from closed hosts, from loopback instead."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_TOOL = r"""
mkdir -p ~/.local/bin
printf '#!/bin/sh\necho 1.0\n' > ~/.local/bin/tool
chmod 755 ~/.local/bin/tool
"""

_UV = (
    "pip install --quiet --user uv\n"
    "echo 'PATH=\"$HOME/.local/bin:$PATH\"' >> ~/.profile\n"
)
"""As the real installer, which changes the profile, too."""

_FILES = {
    "example.com/install.sh": _TOOL,
    "astral.sh/uv/0.5.1/install.sh": _UV,
    "github.com/jqlang/jq/releases/latest/download/jq-linux-amd64": "of the program\n",
}
_ARCHIVE = "github.com/jqlang/jq/releases/download/jq-1.7.1/jq-1.7.1.tar.gz"
_CERTIFICATE = "ca.example.com/ca.crt"
_REPOSITORIES = ("github/gitignore", "octocat/Hello-World")


class Sources:
    """Servers of files and repositories."""

    def __init__(self, web: int, git: int) -> None:
        paths = (*_FILES, _ARCHIVE, _CERTIFICATE)
        self._places = {f"https://{path}": f"http://127.0.0.1:{web}/{path}" for path in paths}
        # After the files of the same host.
        self._places["https://github.com/"] = f"git://127.0.0.1:{git}/"

    def on_loopback(self, text: str) -> str:
        """A manifest with the places of what is served here."""
        for place, here in self._places.items():
            text = text.replace(place, here)
        return text


@contextlib.contextmanager
def serve() -> Iterator[Sources]:
    """Serve until the end of `with`."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        root = Path(folder)
        _write_files(root / "web")
        _make_certificate(root / "web" / _CERTIFICATE)
        for name in _REPOSITORIES:
            _make_repository(root / "git" / f"{name}.git")
        handler = functools.partial(_Quiet, directory=str(root / "web"))
        web = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=web.serve_forever, daemon=True).start()
        stack.callback(web.shutdown)
        git = _serve_git(stack, root / "git")
        yield Sources(web.server_address[1], git)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def _write_files(root: Path) -> None:
    for path, text in _FILES.items():
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    (root / _ARCHIVE).parent.mkdir(parents=True)
    with tarfile.open(root / _ARCHIVE, "w:gz") as archive:
        content = b"of the archive\n"
        member = tarfile.TarInfo("jq-1.7.1/README")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def _make_certificate(path: Path) -> None:
    """The certificate of an authority; its key is thrown away."""
    path.parent.mkdir(parents=True)
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "/dev/null", "-subj", "/CN=Authority of the test", "-days", "3650", "-out", path,
        ],
        capture_output=True,
        check=True,
    )  # fmt: skip


def _make_repository(path: Path) -> None:
    path.mkdir(parents=True)
    commit = "git -c user.name=test -c user.email=test@example.com commit -q"
    script = f"git init -q -b main && {commit} --allow-empty -m Begin"
    subprocess.run(["bash", "-euc", script], cwd=path, check=True)


def _serve_git(stack: contextlib.ExitStack, root: Path) -> int:
    """Serve the repositories of a directory; the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["git", "daemon", "--export-all", "--listen=127.0.0.1", f"--port={port}", f"--base-path={root}"],
        stderr=subprocess.DEVNULL,
    )
    stack.callback(server.wait)
    stack.callback(server.terminate)
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return port
        time.sleep(0.1)
    raise RuntimeError("git daemon does not listen")
