"""The action, step by step as a runner does it, against a stand-in of GitHub's API.

    action.py --dist DIST --version VERSION --work DIRECTORY

`runner.py` reads action.yml itself, so a value of an input that were part of a script would be run.
"""

import argparse
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from runner import ROOT, Job, Server

HOSTILE = '$(touch pwned)`touch pwned`";touch pwned;"\' && touch pwned'
TOKEN = "ghs_loopback"

MANIFEST = 'name = "demo"\n\n[from]\npython = "3.12"\n\n[[steps]]\nrun = "true"\n'


def state(server: Server, change: dict | None = None) -> dict:
    request = urllib.request.Request(
        f"{server.url}/state",
        data=json.dumps(change or {}).encode(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def shown() -> dict[str, str]:
    """The inputs of the step that docs/ci.md shows."""
    page = (ROOT / "docs/ci.md").read_text()
    block = re.search(r"^```yaml\n- uses: sbx-dev/sbx@.*\n  with:\n(.*?)^```", page, re.M | re.S)
    assert block, "docs/ci.md shows no step"
    return dict(re.findall(r"^    ([a-z]+): (.+)$", block[1], re.M))


def check(new_job) -> None:
    job = new_job("check", MANIFEST)
    assert shown() == {"command": "check"}, shown()
    ran = job.run(**shown())
    assert ran.code == 0 and ran.commands == [], ran
    assert ran.outputs["version"] == job.version, ran.outputs
    assert [Path(line).name for line in ran.path] == [f"sbx-{job.version}"], ran.path

    # The commands of the step are those that `sbx` prints, and the notice of the exit code.
    job.write("sandbox.toml", 'name = "Wrong Name"\n')
    ran = job.run(command="check")
    own = subprocess.run(
        [job.sbx, "check", "--format", "github"], cwd=job.workspace, env=job.environment(), capture_output=True, text=True
    )
    assert own.returncode == 1 and own.stdout.startswith("::error file=sandbox.toml,"), own
    assert ran.code == 1 and ran.commands[:-1] == own.stdout.splitlines(), ran
    assert ran.commands[-1] == "::notice title=sbx::the step ended with exit code 1", ran

    job.write("sandbox.toml", MANIFEST + 'user = "no-such-user"\n')
    assert job.run(command="check", args="--deny\nwarnings").code == 1
    assert job.run(command="destroy").code == 2
    assert job.run(command="check", files=" \n").code == 2


def plan(new_job, server: Server) -> None:
    job = new_job("plan", MANIFEST)
    inputs = {"command": "plan", "args": "--platform\nlocal"}
    ran = job.run(**inputs)
    assert ran.code == 0 and ran.outputs["changed"] == "true", ran
    first = state(server)
    assert len(first["comments"]) == 1 and "### `demo` on local: build" in first["comments"][0]["body"]
    assert "### `demo` on local: build" in ran.summary, ran.summary

    # The same plan again writes nothing; another one updates the comment.
    assert job.run(**inputs).code == 0
    again = state(server)
    assert again["comments"] == first["comments"]
    assert [call for call in again["calls"] if not call.startswith("GET")] == ["POST /repos/octo/templates/issues/5/comments"]
    job.write("sandbox.toml", MANIFEST.replace('"demo"', '"renamed"'))
    assert job.run(**inputs).code == 0
    updated = state(server)["comments"]
    assert len(updated) == 1 and "`renamed` on local" in updated[0]["body"], updated

    # The comment is found behind a hundred others, and the marker in a person's is not taken for it.
    marker = updated[0]["body"].splitlines()[0]
    others = [{"id": number, "user": {"type": "User"}, "body": f"{marker}\nmine"} for number in range(120)]
    state(server, {"comments": [*others, *updated]})
    job.write("sandbox.toml", MANIFEST.replace('"demo"', '"third"'))
    assert job.run(**inputs).code == 0
    comments = state(server)["comments"]
    assert len(comments) == 121 and "`third` on local" in comments[-1]["body"]
    assert comments[:120] == others

    # Manifests of another step have a comment of their own.
    job.write("other/sandbox.toml", MANIFEST.replace('"demo"', '"other"'))
    assert job.run(**inputs, files="other").code == 0
    assert len(state(server)["comments"]) == 122

    # A manifest that cannot be planned is said so, and fails the step.
    job.write("sandbox.toml", 'name = "Wrong Name"\n')
    ran = job.run(**inputs)
    assert ran.code == 1 and "exit code 1" in state(server)["comments"][120]["body"], ran

    # Nothing to change; then a plan that is longer than a comment may be.
    job.write("sandbox.toml", MANIFEST)
    assert job.run(command="apply", args="--platform\nlocal").code == 0
    job.write("sandbox.toml", MANIFEST + "\n".join(f'[[steps]]\nrun = "echo {i} {"x" * 200}"' for i in range(400)))
    state(server, {"comments": []})
    ran = job.run(**inputs)
    body = state(server)["comments"][0]["body"]
    assert ran.code == 0 and "too long for a comment" in body and len(body) < 65536, (ran, len(body))
    assert body.count("<details>") == body.count("</details>"), body[-300:]
    assert len(ran.summary) > 65536, len(ran.summary)

    # A pull request from a fork: the plan is in the summary alone. Another refusal is an error.
    job.write("sandbox.toml", MANIFEST.replace("true", "false"))
    state(server, {"comments": [], "forbid": True})
    ran = job.run(**inputs)
    assert ran.code == 0 and "cannot write comments" in ran.output and "on local" in ran.summary, ran
    state(server, {"forbid": False})
    ran = job.run(**inputs, token="ghs_secret_but_wrong")
    assert ran.code == 3 and "401" in ran.output, ran
    assert "ghs_secret" not in ran.output + ran.summary, ran
    assert job.run(**inputs, comment="false").code == 0 and state(server)["comments"] == []


def apply_and_verify(new_job) -> None:
    job = new_job("apply", MANIFEST)
    local = {"args": "--platform\nlocal"}
    assert job.run(command="verify", **local).code != 0
    ran = job.run(command="apply", **local)
    assert ran.code == 0 and "recorded demo" in ran.output, ran
    ran = job.run(command="plan", **local, comment="false")
    assert ran.code == 0 and ran.outputs["changed"] in ("true", "false"), ran
    ran = job.run(command="install")
    assert ran.code == 0 and [Path(line).name for line in ran.path] == [f"sbx-{job.version}"], ran


def lock_update(new_job, server: Server) -> None:
    job = new_job("lock", 'name = "app"\nplatform = "local"\n\n[from]\ntemplate = "base"\n')
    base = 'name = "base"\nplatform = "local"\n\n[from]\npython = "3.12"\n\n[[steps]]\nrun = "echo 1"\n'
    job.write("base.toml", base)
    job.write("Cargo.lock", "version = 4\n")
    job.commit()
    job.sbx_run("apply", "base.toml")
    ran = job.run(command="lock-update")
    assert ran.code == 0 and ran.outputs == {"version": job.version, "changed": "true", "pull-request": "7"}, ran
    made = state(server)
    (tree,) = made["trees"].values()
    lock = (job.workspace / "sandbox.lock").read_text()
    assert tree["tree"] == [{"path": "sandbox.lock", "mode": "100644", "type": "blob", "content": lock}], tree
    (commit,) = made["commits"].values()
    assert commit["parents"] == [{"sha": job.head}] and made["refs"] == {"sbx/lock-update": commit["sha"]}
    (pull,) = made["pulls"]
    assert pull["base"] == "main" and "template base on local" in pull["body"], pull

    # The same result changes nothing: no commit, no push, and still one pull request.
    ran = job.run(command="lock-update")
    same = state(server)
    assert ran.code == 0 and len(same["commits"]) == 1 and len(same["pulls"]) == 1, ran

    # A newer parent moves the branch; a lock that is up to date proposes nothing.
    job.write("base.toml", base.replace("echo 1", "echo 2"))
    job.commit()
    job.sbx_run("apply", "base.toml")
    ran = job.run(command="lock-update")
    moved = state(server)
    assert ran.code == 0 and len(moved["commits"]) == 2 and len(moved["pulls"]) == 1, ran
    assert moved["refs"]["sbx/lock-update"] in moved["commits"] and moved["refs"] != made["refs"]
    job.commit("sandbox.lock")
    ran = job.run(command="lock-update")
    assert ran.code == 0 and ran.outputs["changed"] == "false" and "pull-request" not in ran.outputs, ran
    for branch in ["main", "a b", "../x", HOSTILE]:
        assert job.run(command="lock-update", branch=branch).code == 3, branch


def hostile(new_job, server: Server) -> None:
    """No input, name, value or log line becomes a script's part, a command or a variable."""
    state(server, {"comments": []})
    lines = "\\n::error::injected\\n::add-mask::x\\n##[error]injected\\n::set-output name=a::b"
    manifest = f"""\
name = "x{lines}"
tags = ["v1{lines}", "$(touch pwned)"]

[from]
python = "3.12"

[env]
"{lines}" = "$(touch pwned)"

[[steps]]
run = "echo '{lines}' $(touch pwned)"
"""
    job = new_job("hostile", manifest)
    job.write(f"{HOSTILE}\n::error::injected.sandbox.toml".replace("/", ""), manifest)
    # A valid manifest, whose text is everything that a valid one may have.
    job.write("valid/sandbox.toml", MANIFEST.replace('"true"', f'"echo \'{lines}\' $(touch pwned) <!-- @octo </details> `x`"'))
    for command in ["check", "plan", "apply", "verify", "lock-update"]:
        args = "" if command == "lock-update" else "--platform\nlocal"
        for files in ["sandbox.toml", f"{HOSTILE}\nvalid", HOSTILE, "--help", "valid"]:
            ran = job.run(command=command, args=args, files=files, branch="b")
            assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in ran.commands), ran.commands
            assert not any("title=" not in line.split("::")[1] for line in ran.commands), ran.commands
            assert set(ran.outputs) <= {"version", "changed", "pull-request"}, ran.outputs
            assert len(ran.path) == 1 and ran.variables == "", ran
    for name in ["version", "files", "args", "comment", "branch", "command", "releases"]:
        ran = job.run(**{"command": "check", "args": "", name: HOSTILE})
        assert name in ("branch", "comment") or ran.code != 0, name
    for comment in state(server)["comments"]:
        # What a manifest says is in code spans, so it mentions no account and ends no part of the page.
        outside = "".join(comment["body"].split("`")[::2])
        assert "@octo" not in outside and "pwned" not in outside, comment
        assert "injected" not in outside, comment
    found = list(job.root.rglob("pwned"))
    assert not found, found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dist", required=True, type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--work", required=True, type=Path)
    given = parser.parse_args()
    here = Path(__file__).parent
    with Server([sys.executable, str(here / "github.py")]) as server, Server(
        [sys.executable, str(here / "releases.py"), str(given.dist), given.version]
    ) as releases:

        def new_job(name: str, manifest: str) -> Job:
            job = Job(given.work / name, given.version, {"token": TOKEN, "releases": releases.url}, server.url)
            job.write("sandbox.toml", manifest)
            job.commit()
            return job

        check(new_job)
        plan(new_job, server)
        apply_and_verify(new_job)
        lock_update(new_job, server)
        hostile(new_job, server)


if __name__ == "__main__":
    main()
