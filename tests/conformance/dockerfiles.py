"""Holds what `sbx` makes of Dockerfiles against what the platform's own client makes of them.

    python tests/conformance/dockerfiles.py PATH_OF_SBX

needs PyPI `e2b` 2.63.0. Each directory of `tests/dockerfiles` is one case: its Dockerfile alone,
without what its manifest says beside it. Image, commands and steps are compared value by value;
where they differ on purpose, `DIFFERENCES` says how, and why. A difference that is not listed is
a failure, and so is one that is listed and not there.
"""

import base64
import contextlib
import difflib
import io
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from shutil import copytree

from e2b import Template
from written import File

CASES = Path(__file__).resolve().parent.parent / "dockerfiles"

REASONS = {
    "references": "the platform's shell knows neither earlier variables nor the image's, so "
    "references are filled in by the compiler",
    "paths": "the platform expands no variable in paths, owners, users and images",
    "dollar": "a `$` that stands for itself must not be expanded by the platform",
    "global-arg": "an ARG before FROM is seen by FROM alone, unless it is declared again",
    "arg-value": "an ARG without a default is not set, or has the value of the ARG before FROM or "
    "of Docker's own",
    "env-wins": "an ARG does not change a variable that ENV has set",
    "root-copies": "Docker's copies are root's, whoever the current user is",
    "context-root": "a source's leading `/` is the root of the build context",
    "workdir": "a relative WORKDIR is relative to the one before it",
    "user": "the platform knows users by name alone: `0` is `root`, and a group is not part of it",
    "own-group": "a number as the owner is that of the group, too",
    "written-text": "the file of a here-document is root's and has the mode 0644, as Docker's is, "
    "and no shell reads its text on the way",
    "text-variables": "variables in a copied text are filled in by the compiler",
    "other-sandbox": "what was left out in silence, or with a printed line, makes another sandbox",
    "never-right": "what is written is taken for something that nobody means, and fails in Docker "
    "or on the platform",
    "too-large": "values that grow beyond what systems take",
    "optional": "Docker requires a source to exist only if it is not a pattern, and a group without a "
    "user is a group of root",
    "named-ignore": "BuildKit reads `NAME.dockerignore` beside the Dockerfile instead of "
    "`.dockerignore`",
    "linear": "a stage that derives from another one is the instructions of both",
    "archive": "Docker extracts an archive of the build context, whose content it looks at",
    "remote": "Docker downloads the file or clones the repository; a command that root runs does the "
    "same",
    "symbolic-mode": "Docker changes the permissions of each file; the archive has the changed ones",
    "shell": "the options that SHELL sets are part of what a command means",
    "flat-pattern": "Docker copies the contents of all directories that a pattern matches into "
    "one, the platform keeps them apart",
}

# The names of shell variables and of here-documents that commands use; each client has its own.
OWN_NAMES = [("E2B_HEREDOC_", "SBX_HEREDOC_"), ("E2B_EXIT", "SBX_EXIT")]

THEIR_FILE = '"$SBX_HEREDOC_DEST"'


def text(target, name, content, more="", quotes=""):
    """The client's step that writes a copied text."""
    file = THEIR_FILE
    end = f"SBX_HEREDOC_{re.sub('[^A-Za-z0-9]', '_', name)}"
    place = f"SBX_HEREDOC_DEST={target}\nif [ -d {file} ]; then SBX_HEREDOC_DEST={file}/{name}; fi\n"
    if target.endswith("/"):
        place = f"SBX_HEREDOC_DEST={target}{name}\n"
    for change in more.splitlines():
        end += f"\n{change} {file}"
    first, *_ = end.splitlines()
    return [
        "RUN",
        f'{place}mkdir -p "$(dirname {file})" && cat <<{quotes}{first}{quotes} >{file}\n'
        f"{content}{end}",
        "root",
    ]


def file(path, content, owner="root", mode=0o644, name=None):
    """The step of `sbx` that writes a file."""
    return ["RUN", File(path, content, owner, mode, name).command(references=True), "root"]


def extracted(archive, target, letter="", program=None):
    """The steps that extract an archive, which may need a program that a base lacks."""
    staging = "/.sbx-add"
    needs = (
        f"{{ command -v {program} >/dev/null || "
        f"{{ echo 'ADD needs {program} to extract an archive' >&2; false; }}; }} && "
        if program
        else ""
    )
    return [
        ["COPY", archive, f"{staging}/", "root", "", "HASH"],
        [
            "RUN",
            f'{needs}SBX_TO={target} && mkdir -p "$SBX_TO" && '
            'SBX_OWN=$(stat -c %u:%g "$SBX_TO") && SBX_MODE=$(stat -c %a "$SBX_TO") && '
            "tar --numeric-owner $(tar --help 2>&1 | grep -o -m1 -e --keep-directory-symlink) "
            f'-x{letter}pf {staging}/{archive} -C "$SBX_TO" && '
            f'chown "$SBX_OWN" "$SBX_TO" && chmod "$SBX_MODE" "$SBX_TO" && rm -rf {staging}',
            "root",
        ],
    ]


# Cases that `sbx` refuses and the client does not: the code and the place of the first error.
REFUSED = {
    "args-without-values": ("dockerfile-unsupported", "6:14", "paths"),
    "arg-in-from-unset": ("dockerfile-unsupported", "2:13", "paths"),
    "copy-directories-by-pattern": ("dockerfile-unsupported", "2:6", "flat-pattern"),
    "env-lists": ("dockerfile-unsupported", "5:15", "paths"),
    "exec-form-command": ("dockerfile-syntax", "2:1", "never-right"),
    "jupyter": ("dockerfile-unsupported", "11:6", "paths"),
    "long-references": ("invalid-value", "14:13", "too-large"),
    "not-carried": ("dockerfile-unsupported", "1:6", "other-sandbox"),
    "other-frontend": ("dockerfile-unsupported", "1:1", "other-sandbox"),
    "pattern-modifier": ("dockerfile-unsupported", "2:13", "paths"),
    "scratch": ("dockerfile-unsupported", "1:6", "never-right"),
    "shell-wrong": ("dockerfile-syntax", "2:1", "other-sandbox"),
    "unknown-in-from": ("dockerfile-unsupported", "2:39", "paths"),
}

# Cases that the client refuses and `sbx` does not: a part of what the client says.
ACCEPTED = {
    "add-repository": ("ADD from a remote URL is not supported", "remote"),
    "add-url": ("ADD from a remote URL is not supported", "remote"),
    "chmod": ("invalid chmod value", "symbolic-mode"),
    "copy-from-the-root": ("absolute paths are not allowed", "context-root"),
    "stages-inherit": ("Multi-stage", "linear"),
    "copy-optional": ("No files found", "optional"),
    "linear-stages": ("Multi-stage", "linear"),
    "target": ("Multi-stage", "linear"),
    "target-unknown": ("Multi-stage", "linear"),
    "ignore-beside-the-dockerfile": ("No files found", "named-ignore"),
}

# For each case what the client says, what `sbx` says instead, and why.
DIFFERENCES = {
    "add-archive": [
        (
            [
                ["COPY", "app.tar.gz", "/opt", "", "", "HASH"],
                ["COPY", "plain.bin", "./", "", "", "HASH"],
                ["COPY", "tools.txz", "./", "", "", "HASH"],
            ],
            [
                *extracted("app.tar.gz", "/opt", "z"),
                *extracted("plain.bin", "."),
                *extracted("tools.txz", ".", "J", "xz"),
            ],
            "archive",
        ),
        (
            [["COPY", "app.tar.gz", "www/", "www-data", "0700", "HASH"]],
            [
                ["COPY", "app.tar.gz", "/.sbx-add/", "root", "", "HASH"],
                [
                    "RUN",
                    'SBX_TO=www && SBX_NEW= && SBX_UP="$SBX_TO" && while [ ! -e "$SBX_UP" ]; do '
                    'SBX_NEW=$SBX_UP; SBX_UP=$(dirname "$SBX_UP"); done && mkdir -p "$SBX_TO" && '
                    '{ [ -z "$SBX_NEW" ] || chown -R www-data:www-data "$SBX_NEW"; } && '
                    "mkdir /.sbx-add/tree && tar -xzpf /.sbx-add/app.tar.gz -C /.sbx-add/tree && "
                    "chown -R www-data:www-data /.sbx-add/tree && "
                    "find /.sbx-add/tree -mindepth 1 -maxdepth 1 "
                    "-exec sh -c 'cp -a \"$@\" \"$0\"/' \"$SBX_TO\" {} + && rm -rf /.sbx-add",
                    "root",
                ],
            ],
            "archive",
        ),
        (
            [
                ["COPY", "*.t?z", "/all/", "", "", "HASH"],
                ["COPY", "*.gz", "/all/", "", "", "HASH"],
            ],
            [
                *extracted("tools.txz", "/all", "J", "xz"),
                *extracted("app.tar.gz", "/all", "z"),
                ["COPY", "notes.gz", "/all/", "", "", "HASH"],
            ],
            "archive",
        ),
        (
            [["COPY", "app.tar.gz", ".", "", "", "HASH"]],
            extracted("app.tar.gz", ".", "z"),
            "archive",
        ),
    ],
    "arg-in-from": [
        (
            [["fromImage", "python:${PYTHON_VERSION}${VARIANT:+-$VARIANT}"]],
            [["fromImage", "python:3.11"]],
            "paths",
        ),
        (
            [
                ["ENV", "VARIANT", ""],
                ["ENV", "PYTHON_VERSION", ""],
                ["ENV", "VARIANT", ""],
                ["ENV", "BASE_PYTHON", "$PYTHON_VERSION"],
            ],
            [["ENV", "BASE_PYTHON", "3.11"]],
            "arg-value",
        ),
    ],
    "arg-override": [
        (
            [
                ["ENV", "URL", "https://example.com/$TOOL.tgz"],
                ["ENV", "TOOL_VERSION", "${TOOL}"],
            ],
            [["ENV", "URL", "https://example.com/1.0.tgz"], ["ENV", "TOOL_VERSION", "1.0"]],
            "references",
        ),
    ],
    "args": [
        (
            [["fromImage", "${REGISTRY}/node:22"]],
            [["fromImage", "docker.io/library/node:22"]],
            "paths",
        ),
        (
            [
                ["ENV", "REGISTRY", ""],
                ["ENV", "TARGETARCH", ""],
                ["ENV", "TARGETPLATFORM", ""],
                ["ENV", "NPM_TOKEN", ""],
            ],
            [["ENV", "TARGETARCH", "amd64"], ["ENV", "TARGETPLATFORM", "linux/amd64"]],
            "arg-value",
        ),
        (
            [["ENV", "CHANNEL", "nightly"], ["ENV", "RELEASE", "$VERSION-$CHANNEL"]],
            [["ENV", "RELEASE", "1.4.2-beta"]],
            "env-wins",
        ),
    ],
    "args-before-from": [([["ENV", "SUITE", "bookworm"]], [], "global-arg")],
    "copy-as-user": [
        (
            [["COPY", "a.txt", "./", "", "", "HASH"]],
            [["COPY", "a.txt", "./", "root", "", "HASH"]],
            "root-copies",
        ),
        (
            [text("/etc/written-by-root", "EOF", "x\n")],
            [file("/etc/written-by-root", "x\n", name="EOF")],
            "written-text",
        ),
    ],
    "defaults": [
        (
            [["fromImage", "python:${TAG:-3.12}${VARIANT:+-$VARIANT}"]],
            [["fromImage", "python:3.12"]],
            "paths",
        ),
        (
            [
                ["ENV", "VARIANT", ""],
                ["ENV", "OWNER", ""],
                ["WORKDIR", "${APP:-/app}"],
                ["COPY", "a", "${TARGET:-/x}/", "${OWNER:-node}", "", "HASH"],
                ["USER", "${RUNNER:-app}"],
                [
                    "ENV",
                    *("A", "${X:-}", "B", "${X-b}", "C", "${X:+c}", "D", "${X+d}"),
                    *("P", "/app${P:+:$P}"),
                ],
                ["ENV", "E", "${X:-${A:-e}}"],
                ["ENV", "F", "$E"],
            ],
            [
                ["WORKDIR", "/app"],
                ["COPY", "a", "/x/", "node", "", "HASH"],
                ["USER", "app"],
                ["ENV", "A", "", "B", "b", "C", "", "D", "", "P", "/app"],
                ["ENV", "E", "e"],
                ["ENV", "F", "e"],
            ],
            "references",
        ),
    ],
    "env-dollars": [
        (
            [["ENV", "PRICE", "$5", "NAME", "$HOME"]],
            [["ENV", "PRICE", "${SBX_UNSET:-$}5", "NAME", "${SBX_UNSET:-$}HOME"]],
            "dollar",
        ),
    ],
    "env-of-the-image": [
        (
            [["ENV", "LD_LIBRARY_PATH", "/usr/local/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"]],
            [["ENV", "LD_LIBRARY_PATH", "/usr/local/lib"]],
            "references",
        ),
    ],
    "env-references": [
        (
            [["ENV", "PATH", "$APP_HOME/bin:${PATH}", "DATA", "${APP_HOME}/data"]],
            [["ENV", "PATH", "/opt/app/bin:${PATH}", "DATA", "/opt/app/data"]],
            "references",
        ),
        (
            [
                ["ENV", "APP_HOME", "/srv/app", "OLD_HOME", "$APP_HOME"],
                [
                    "ENV",
                    "CONFIG",
                    "${CONFIG_FILE:-$APP_HOME/config.yaml}",
                    "MODE",
                    "${APP_HOME:+installed}",
                ],
                ["ENV", "PATH", "$APP_HOME/tools:$PATH"],
            ],
            [
                ["ENV", "APP_HOME", "/srv/app", "OLD_HOME", "/opt/app"],
                ["ENV", "CONFIG", "/srv/app/config.yaml", "MODE", "installed"],
                ["ENV", "PATH", "/srv/app/tools:/opt/app/bin:${PATH}"],
            ],
            "references",
        ),
    ],
    "heredoc-copy": [
        (
            [
                text(
                    "/etc/app/config.ini",
                    "EOF",
                    "[server]\nport = 80\nuser = agent\n"
                    r"literal = \$PORT \`date\` \$(date) C:\\temp" + "\n",
                ),
                text(
                    "/usr/local/bin/run",
                    "RUN",
                    '#!/bin/sh\nexec app --port "$PORT"\n',
                    "chown app:app\nchmod 755",
                    quotes="'",
                ),
                text("/srv/", "one.txt", "1\n"),
                text("/srv/", "two.txt", "2\n"),
            ],
            [
                file(
                    "/etc/app/config.ini",
                    "[server]\nport = 80\nuser = agent\n"
                    r"literal = $PORT `date` $(date) C:\temp" + "\n",
                    name="EOF",
                ),
                file(
                    "/usr/local/bin/run",
                    '#!/bin/sh\nexec app --port "$PORT"\n',
                    "app:app",
                    0o755,
                    name="RUN",
                ),
                file("/srv/one.txt", "1\n"),
                file("/srv/two.txt", "2\n"),
            ],
            "written-text",
        ),
    ],
    "heredoc-copy-variables": [
        (
            [text("/etc/app.ini", "EOF", "port = ${PORT}\npath = $PATH\nhost = ${HOST:-local}\n")],
            [file("/etc/app.ini", "port = 8080\npath = ${PATH}\nhost = local\n", name="EOF")],
            "text-variables",
        ),
        (
            [text("/etc/own.ini", "EOF", "x\n", "chown 1000")],
            [file("/etc/own.ini", "x\n", "1000:1000", name="EOF")],
            "own-group",
        ),
    ],
    "shell-options": [
        (
            [["startCmd", "env /bin/sh -c 'exec \"$0\"'"]],
            [["startCmd", "env bash --login -o errexit -c 'exec \"$0\"'"]],
            "shell",
        ),
        (
            [["RUN", "curl -fsSL https://example.com/install.sh | sh"]],
            [["RUN", "set -o pipefail; curl -fsSL https://example.com/install.sh | sh"]],
            "shell",
        ),
        (
            [
                ["RUN", "false\necho unreached\n"],
                ["RUN", '<<EOF python3\nprint("hi")\nEOF'],
            ],
            [
                ["RUN", "set -euxo pipefail; false\necho unreached\n"],
                ["RUN", 'set -euxo pipefail; <<EOF python3\nprint("hi")\nEOF'],
            ],
            "shell",
        ),
        ([["RUN", "false; true"]], [["RUN", "set -e; false; true"]], "shell"),
    ],
    "manifest-follows": [([["WORKDIR", "$APP_HOME"]], [["WORKDIR", "/srv/app"]], "paths")],
    "users": [
        ([["USER", "0"]], [["USER", "root"]], "user"),
        ([["USER", "node:node"]], [["USER", "node"]], "user"),
        ([["USER", "0:0"]], [["USER", "root"]], "user"),
        (
            [["WORKDIR", "app"], ["WORKDIR", "../other"]],
            [["WORKDIR", "/app"], ["WORKDIR", "/other"]],
            "workdir",
        ),
    ],
}


def by_client(dockerfile, context):
    """The client's request, or why there is none."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            template = Template(file_context_path=context).from_dockerfile(str(dockerfile))
            return json.loads(Template.to_json(template)), None
        except Exception as error:  # Whatever it raises, it refuses.
            return None, str(error)


def by_sbx(sbx, directory):
    """The request of `sbx`, or what is wrong."""
    run = subprocess.run(
        [sbx, "compile", "--platform", "e2b"], cwd=directory, capture_output=True, text=True
    )
    if run.returncode == 0:
        return json.loads(run.stdout), None
    if run.returncode != 1:
        raise SystemExit(f"sbx ended with {run.returncode}: {run.stderr}")
    check = subprocess.run(
        [sbx, "check", "--platform", "e2b", "--format", "json"],
        cwd=directory,
        capture_output=True,
        text=True,
    )
    return None, json.loads(check.stdout)["diagnostics"]


def parts(request):
    """A request as lines that can be compared: the image, the commands, the steps."""
    head = [[key, request.get(key)] for key in ("fromImage", "startCmd", "readyCmd")]
    steps = [
        [step["type"], *step["args"], *([step["filesHash"]] if step.get("filesHash") else [])]
        for step in request["steps"]
    ]
    return [json.dumps(part, ensure_ascii=False) for part in head + steps]


CARRIER = re.compile(r's=\$\(echo ([A-Za-z0-9+/=]+) \| base64 -d\) && sh -c "\$s"')


def without_carrier(request):
    """A request without the last step, which carries the variables of ENV into the sandbox.

    The client sends no such step. It is due when a variable is set, and exports what is set and
    nothing else.
    """
    steps = request["steps"]
    named = {name for step in steps if step["type"] == "ENV" for name in step["args"][::2]}
    command, *user = steps[-1]["args"] if steps else [""]
    carrier = CARRIER.fullmatch(command)
    if carrier is None:
        return request
    script = base64.b64decode(carrier[1]).decode()
    exported = set(re.findall(r"^export ([A-Za-z_][A-Za-z0-9_]*)=", script, re.MULTILINE))
    if user != ["root"] or not exported or not exported <= named:
        return request
    return request | {"steps": steps[:-1]}


def with_own_names(lines):
    for theirs, ours in OWN_NAMES:
        lines = [line.replace(theirs, ours) for line in lines]
    return lines


def without_hashes(line):
    """A hash holds file modes, which a checkout decides; equal ones were found equal before."""
    return re.sub(r'"[0-9a-f]{64}"', '"HASH"', line)


def differences(theirs, ours):
    """What stands in one and not in the other: pairs of runs of lines."""
    matcher = difflib.SequenceMatcher(a=theirs, b=ours, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield (
                [json.loads(without_hashes(line)) for line in theirs[a:b]],
                [json.loads(without_hashes(line)) for line in ours[c:d]],
            )


def prepared(case, directory):
    """A copy of a case whose manifest says nothing but where the Dockerfile and its files are."""
    copytree(case, directory, dirs_exist_ok=True)
    manifest = directory / "sandbox.toml"
    said = tomllib.loads(manifest.read_text()) if manifest.exists() else {}
    context = said.get("context", ".")
    manifest.write_text(
        f'name = "example"\ncontext = "{context}"\n\n[from]\ndockerfile = "Dockerfile"\n'
    )
    return directory / context


def compare(sbx, case):
    """What is wrong with a case, line by line."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        context = prepared(case, directory)
        theirs, their_refusal = by_client(directory / "Dockerfile", context)
        ours, our_refusal = by_sbx(sbx, directory)
    name = case.name
    problems = []
    if theirs is None and ours is not None:
        part, _ = ACCEPTED.get(name, (None, None))
        if part is None or part not in their_refusal:
            problems.append(f"the client alone refuses it: {their_refusal}")
    elif ours is None and theirs is not None:
        error = next(it for it in our_refusal if it["severity"] == "error")
        start = error["range"]["start"]
        found = (error["code"], f"{start['line']}:{start['column']}")
        if REFUSED.get(name, ())[:2] != found or error["file"] != "Dockerfile":
            problems.append(f"sbx alone refuses it: {found} {error['message']}")
    elif name in ACCEPTED or name in REFUSED:
        problems.append("listed as refused by one, and is not")
    listed = list(DIFFERENCES.get(name, []))
    if theirs is not None and ours is not None:
        for theirs, ours in differences(with_own_names(parts(theirs)), parts(without_carrier(ours))):
            entry = next((it for it in listed if it[:2] == (theirs, ours)), None)
            if entry is None:
                problems.append(f"({theirs!r},\n {ours!r}, ?),")
            else:
                listed.remove(entry)
    problems += [f"listed and not there: {entry}" for entry in listed]
    return problems


def unused():
    """What the tables name and nothing needs."""
    cases = {case.name for case in CASES.iterdir()}
    named = [entry[-1] for entry in (*REFUSED.values(), *ACCEPTED.values())]
    named += [entry[2] for entries in DIFFERENCES.values() for entry in entries]
    for table in (REFUSED, ACCEPTED, DIFFERENCES):
        yield from (f"there is no case `{name}`" for name in table if name not in cases)
    yield from (f"there is no reason `{name}`" for name in named if name not in REASONS)
    yield from (f"nothing has the reason `{name}`" for name in REASONS if name not in named)


def main():
    sbx = str(Path(sys.argv[1]).resolve())
    passed = failed = 0
    for case in sorted(CASES.iterdir()):
        problems = compare(sbx, case)
        if problems:
            failed += 1
            print(f"{case.name}:", *problems, sep="\n  ")
        else:
            passed += 1
    for problem in unused():
        failed += 1
        print(problem)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
