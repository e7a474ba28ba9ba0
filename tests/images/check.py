#!/usr/bin/env python3
"""Compares configurations.json with a checkout of github.com/docker-library/repo-info.

    git clone --depth 1 https://github.com/docker-library/repo-info CHECKOUT
    tests/images/check.py CHECKOUT

Prints each difference, and ends with 1 if there is one. It needs the standard library alone, and
nothing runs it by itself: the checkout has several gigabytes.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
STANDARD = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}
SIGNS = [
    ("debian.sh --arch", "Debian"),
    ("LAUNCHPAD_BUILD_ARCH", "Ubuntu"),
    ("rockcraft-ubuntu", "Ubuntu"),
    ("alpine-minirootfs", "Alpine"),
]


def history(text):
    """The Dockerfile that repo-info derives from the history of the variant for linux/amd64."""
    variant = text.split(" - linux; amd64\n", 1)[1]
    return variant.split("```dockerfile\n", 1)[1].split("\n```", 1)[0]


def variables(lines):
    found = {}
    for line in lines.splitlines():
        if line.startswith("ENV "):
            found.update(re.findall(r"(\w+)=(.*?)(?=\s+\w+=|$)", line[len("ENV ") :]))
    return found


def users(lines):
    """Users with the UID of their group or of `useradd`; 1000 is the first that `useradd` gives."""
    found = []
    for command in re.findall(r"useradd ([^;&\n#]*)", lines):
        uid = re.search(r"--?u(?:id)?[ =](\d+)", command)
        name = command.replace("\\", " ").split()[-1]
        found.append(f"{name}:{uid.group(1) if uid else 1000}")
    return found


def differences(entry, text):
    lines = history(text)
    env = variables(lines)
    shown = [name for sign, name in SIGNS if sign in lines]
    if shown[:1] != [entry["distribution"]]:
        yield f"distribution: {shown}"
    own = lambda path: [part for part in path.split(":") if part and part not in STANDARD]
    if own(env.get("PATH", "")) != own(entry.get("path", "")):
        yield f"PATH: {env.get('PATH')}"
    for name, value in entry.get("env", {}).items():
        if env.get(name) != value:
            yield f"{name}: {env.get(name)}"
    if users(lines) != entry.get("users", []):
        yield f"users: {users(lines)}"
    words = set(re.split(r"[\s;=]+", lines))
    for package in entry.get("packages", []):
        if package not in words and not package.startswith("postgresql-"):
            yield f"package {package} is not installed"


def main():
    checkout = pathlib.Path(sys.argv[1])
    differs = False
    for entry in json.loads((HERE / "configurations.json").read_text())["images"]:
        text = (checkout / entry["file"]).read_text()
        for difference in differences(entry, text):
            differs = True
            print(f"{entry['reference']}: {difference}")
    return differs


if __name__ == "__main__":
    sys.exit(main())
