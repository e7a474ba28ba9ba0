"""Holds the versions that `sbx` finds against those that pip and npm choose. Then it compares with
wrong expectations, each of which must be noticed."""

import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import options
import servers

DEADLINE = 600


class Checks:
    """Comparisons, and how many of them noticed a wrong expectation."""

    def __init__(self):
        self.passed = self.failed = self.blind = 0

    def check(self, name, expected, found, wrong):
        if expected == found:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {name}: {expected!r} is expected, {found!r} is found")
        if wrong == found:
            self.blind += 1
            print(f"BLIND: {name}: {wrong!r} is not noticed")


def pip_chooses(venv, index, words, work):
    """The version that pip would install of each package, or its refusal."""
    command = [
        f"{venv}/bin/python", "-m", "pip", "install", "--isolated", "--dry-run", "--ignore-installed",
        "--no-deps", "--quiet", "--report", "-", "--index-url", index, *words,
    ]
    variables = {"PATH": os.environ["PATH"], "HOME": str(work)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode:
        return "none"
    chosen = [entry["metadata"] for entry in json.loads(done.stdout)["install"]]
    return sorted(f"{servers.normalized(entry['name'])}=={entry['version']}" for entry in chosen)


def toml(words):
    return json.dumps(words)


def python_cases(venv, work, html, simple):
    """A case for each package and index: what pip chooses, and the steps for `sbx`."""
    names = sorted({servers.normalized(name) for name, *_ in servers.WHEELS})
    marked = {"withdrawn", "newer-python", "odd-python"}
    lists = [[name] for name in names]
    lists += [["plain", "--pre"], ["epochs", "--pre"], ["plain", "POSTS", "mixed-case.name"]]
    lists += [["absent"], ["plain[extra]"], ["plain; python_version > '3'"]]
    for kind, index in (("pypiserver", html), ("JSON", simple)):
        for words in lists:
            if kind == "pypiserver" and marked & set(words):
                continue
            yield {
                "name": f"pip {' '.join(words)} from {kind}",
                "python": platform.python_version(),
                "variables": {"PIP_INDEX_URL": index},
                "steps": f"steps = [{{ pip = {toml(words)} }}]",
                "expected": pip_chooses(venv, index, words, work),
            }


def node_cases(started, url, token):
    """A case for each tag, with and without the token that the private scope needs."""
    place = url.removeprefix("http:")
    npmrc = f"registry={url}\n{place}:_authToken=${{NPM_TOKEN}}\n"
    path = started.work / ".npmrc"
    path.write_text(npmrc)
    environment = {"NPM_TOKEN": token}
    words = ["plain", "plain@latest", "plain@next", "plain@legacy", "@team/private", "@team/private@latest"]
    for kind in ("npm", "bun"):
        for word in words:
            version = started.npm("view", word, "version", "--userconfig", str(path), environment=environment)
            name = word if word.rfind("@") <= 0 else word[: word.rfind("@")]
            yield {
                "name": f"{kind} {word}",
                "variables": environment,
                "files": {"/home/me/.npmrc": npmrc},
                "steps": f"steps = [{{ {kind} = {toml(word)} }}]",
                "expected": [f"{name}@{version}"],
            }
    yield {
        "name": "npm without the token of the scope",
        "files": {"/home/me/.npmrc": f"registry={url}\n"},
        "steps": "steps = [{ npm = \"@team/private\" }]",
        "expected": "refused",
    }
    yield {
        "name": "npm with a project that takes the token",
        "variables": environment,
        "files": {"/project/.npmrc": npmrc},
        "steps": "steps = [{ npm = \"@team/private\" }]",
        "expected": "refused",
    }


def answers(cases, work):
    """What `sbx` finds for each case."""
    path = work / "cases.json"
    path.write_text(json.dumps(cases))
    name = "packages::oracle::answers_for_official_tools_to_compare"
    command = ["cargo", "test", "--locked", "--quiet", "--test", "tests", "--", "--ignored", "--exact", name]
    variables = {**os.environ, "SBX_PACKAGES_CASES": str(path)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the test of the answers fails:\n{done.stdout}{done.stderr}")
    return json.loads((work / "cases.answers.json").read_text())


def found(answer):
    if "pins" in answer:
        return answer["pins"]
    return "none" if answer["absent"] else "refused"


def main():
    venv, modules = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    checks = Checks()
    with tempfile.TemporaryDirectory() as work:
        started = servers.Servers(work, venv, modules)
        try:
            html, simple = started.python()
            cases = list(python_cases(venv, started.work, html, simple))
            cases += node_cases(started, *started.node())
            given = answers(cases, started.work)
        finally:
            started.stop()
    for case, answer in zip(cases, given, strict=True):
        wrong = "refused" if case["expected"] == "none" else "none"
        checks.check(case["name"], case["expected"], found(answer), wrong)
    table = options.Table.read()
    broken = table.broken()
    for tool, option, takes_value in options.asked_of(venv, modules):
        known, wrong = table.kind(tool, option), broken.kind(tool, option)
        checks.check(f"{tool} {option}", takes_value, known, wrong)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or checks.blind else 0


if __name__ == "__main__":
    sys.exit(main())
