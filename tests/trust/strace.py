"""Runs every subcommand of sbx under strace and reports each connection that it may not make."""

import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SBX = os.environ["SBX"]

# What each subcommand gets beside its name.
ARGUMENTS = {
    "init": [["new"]],
    "import": [[], ["sandbox.toml", "-o", "-"]],
    "check": [[], ["--online"], ["--online", "--platform", "all"], ["--fix", "--unsafe-fixes"]],
    "fmt": [[], ["--diff"]],
    "compile": [[], ["--requests"], ["--show-secrets"], ["--platform", "local"]],
    "export": [["python"], ["dockerfile", "--platform", "local"], ["declaw", "--format", "json"]],
    "apply": [
        [],
        ["--dry-run"],
        ["--dry-run", "--format", "json"],
        ["--format", "json"],
        ["--background", "--no-image-check"],
        ["sandbox.toml", "sandbox.toml"],
    ],
    "status": [[], ["TEMPLATE", "BUILD"]],
    "logs": [[], ["--follow", "TEMPLATE", "BUILD"]],
    "list": [[]],
    "show": [[]],
    "exists": [[]],
    "tag add": [["x:a", "b"]],
    "tag remove": [["x", "a"]],
    "tag list": [[]],
    "rollback": [["--yes"]],
    "lock": [[], ["--update"], ["--check", "--format", "json"]],
    "plan": [[], ["--format", "json"], ["--online", "--format", "markdown"]],
    "verify": [[]],
    "publish": [["x"]],
    "unpublish": [["x"]],
    "delete": [["--yes", "x"]],
    "explain": [[]],
    "doctor": [[], ["--online"]],
    "prune": [[], ["--yes", "x"]],
    "run": [["--", "true"]],
    "shell": [[]],
    "test": [[], ["--format", "junit"]],
    # A server that runs would not end.
    "serve": [["--api-key-env", "NOT_SET"]],
    "lsp": [[]],
    "schema": [[]],
    "completions": [["bash"]],
}

# The subcommands that ask the platform about what is there, and get nothing from a manifest but a
# name and a platform. `prune` asks the local platform,
# or the one of its template.
ASKING = {
    "status", "logs", "list", "show", "exists", "tag", "rollback", "plan", "verify", "publish",
    "unpublish", "delete", "prune", "run", "shell", "test",
}  # fmt: skip



def may_ask(command: list[str]) -> bool:
    """Whether a command may ask the platform."""
    return command[0] in ASKING or command == ["doctor", "--online"]


AUTH = 'auth = {{ type = "basic", username = {username}, password = {{ env = "{password}" }} }}'
MANIFESTS = {
    "a platform's key and a file of the machine": (
        'inherit = ["env"]\n'
        + AUTH.format(username='{ file = "../../../../../etc/hostname" }', password="NOVITA_API_KEY")
    ),
    "secrets for `inherit`": (
        'inherit = ["env"]\n'
        + AUTH.format(username='{ file = "user" }', password="GITHUB_TOKEN")
    ),
    "secrets for the platform": AUTH.format(username='"u"', password="GITHUB_TOKEN"),
}
REGISTRY = 'name = "x"\n\n[from]\nimage = "127.0.0.1:7/x/y:1"\n'
# Where nothing listens, so that each attempt ends at once.
PLATFORM = "127.0.0.1:9"

CONNECT = re.compile(r"\bconnect\(\d+, \{(.*?)\}")
SENT = re.compile(r"\b(?:sendto|sendmsg|sendmmsg)\((\d+),")
ADDRESS = re.compile(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([\d.]+)"\)')


def subcommands(path: tuple[str, ...] = ()) -> list[str]:
    """The subcommands that can be run, as the help texts list them."""
    text = subprocess.run(
        [SBX, *path, "--help"], capture_output=True, text=True, check=True
    ).stdout
    listed = re.search(r"^Commands:\n((?:  .*\n|\n)+)", text, re.MULTILINE)
    if listed is None:
        return [" ".join(path)]
    names = re.findall(r"^  ([a-z]\S*)", listed[1], re.MULTILINE)
    names = [name for name in names if name != "help"]
    return [leaf for name in names for leaf in subcommands((*path, name))]


def trace(directory: Path, command: list[str], at_a_terminal: bool) -> str:
    """Runs a command, which is answered with no, and returns what strace saw of its network."""
    log = directory / "home" / "strace.log"
    log.unlink(missing_ok=True)
    environment = {
        "HOME": str(directory / "home"),
        "SBX_DATA": str(directory / "home" / "data"),
        # The container engine of the machine is not a manifest's to choose.
        "SBX_ENGINE": "none",
        "SBX_RETRY_SCALE": "0.0001",
        "NOVITA_API_KEY": "nvt_the-key-of-the-test",
        "NOVITA_API_URL": f"http://{PLATFORM}",
        "SBX_LOCAL_URL": f"http://{PLATFORM}",
        "GITHUB_TOKEN": "ghp_of-the-test",
    }
    traced = ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(log), SBX, *command]
    options = {"cwd": directory, "env": environment}
    if at_a_terminal:
        master, slave = pty.openpty()
        os.write(master, b"n\nn\nn\n")
        process = subprocess.Popen(traced, stdin=slave, stdout=slave, stderr=slave, **options)
        os.close(slave)
        while True:
            # At the end of the program a terminal is not empty but broken.
            try:
                if not os.read(master, 4096):
                    break
            except OSError:
                break
        process.wait(timeout=120)
        os.close(master)
    else:
        nothing = subprocess.DEVNULL
        subprocess.run(traced, stdin=nothing, stdout=nothing, stderr=nothing, timeout=120, **options)
    # A strace that cannot trace writes no log, and proves nothing.
    return log.read_text()


def forbidden(log: str, may_ask_platform: bool) -> list[str]:
    """The connections that a command made and may not make."""
    found = []
    for place in CONNECT.findall(log):
        address = ADDRESS.search(place)
        is_platform = address is not None and f"{address[2]}:{address[1]}" == PLATFORM
        if not (may_ask_platform and is_platform):
            found.append(place)
    if not may_ask_platform:
        found += [f"data on socket {socket}" for socket in SENT.findall(log)]
    return sorted(set(found))


def fresh(manifest: str) -> tempfile.TemporaryDirectory:
    directory = tempfile.TemporaryDirectory()
    root = Path(directory.name)
    (root / "home").mkdir()
    (root / "user").write_text("user-in-a-file\n")
    (root / "sandbox.toml").write_text(REGISTRY + manifest + "\n")
    return directory


def sees_connections() -> bool:
    """Whether a connection would be noticed: `list` asks the platform, which it may."""
    with fresh(MANIFESTS["secrets for the platform"]) as directory:
        log = trace(Path(directory), ["list"], at_a_terminal=False)
    return bool(forbidden(log, may_ask_platform=False)) and not forbidden(log, may_ask_platform=True)


def main() -> int:
    missing = sorted(set(subcommands()) ^ set(ARGUMENTS))
    if missing:
        print(f"FAILED: subcommands and `ARGUMENTS` differ in {', '.join(missing)}")
        return 1
    if not sees_connections():
        print("FAILED: strace does not show the connection of `sbx list`")
        return 1
    passed, failed = 0, 0
    for what, manifest in MANIFESTS.items():
        with fresh(manifest) as directory:
            for name, variants in ARGUMENTS.items():
                for arguments in variants:
                    command = [*name.split(), *arguments]
                    for at_a_terminal in (False, True):
                        log = trace(Path(directory), command, at_a_terminal)
                        found = forbidden(log, may_ask(command))
                        passed += not found
                        failed += bool(found)
                        for place in found:
                            print(f"FAILED: {what}: sbx {' '.join(command)} connects: {place}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
