"""Tests `pages.py`: pages that are right pass, and a page that is broken fails with the reason.

usage: selftest.py
"""

import pathlib
import sys
import tempfile

from pages import ROOT, Page

MANIFEST = 'name = "agent"\n\n[from]\npython = "3.12"\n'


def fence(language, text, *directives):
    lines = [f"<!-- {directive} -->" for directive in directives]
    return "\n".join([*lines, f"```{language}", text.rstrip("\n"), "```", "", ""])


# Pages that pass, by what they show.
GOOD = {
    "output": fence("console", "$ echo one; echo two >&2\none\ntwo"),
    "several commands": fence("console", "$ true\n$ echo a\na\n$ echo b\nb"),
    "a command of two lines": fence("console", "$ echo a \\\n>     b\na b"),
    "any number of lines": fence("console", "$ seq 1 9\n1\n…\n5\n6\n…\n9"),
    "no line for an ellipsis": fence("console", "$ seq 1 2\n1\n…\n2"),
    "what differs between runs": fence("console", "$ echo built in 12.3 s; date +%FT%TZ\nbuilt in 1 s\n2026-01-01T00:00:00Z"),
    "an exit code": fence("console", "$ echo a\na\n$ exit 3", "exit: 3"),
    "an exit code of a script": fence("sh", "exit 3", "exit: 3"),
    "a file": fence("python", "print(1)", "file: app/main.py") + fence("console", "$ cat app/main.py\nprint(1)"),
    "a program": fence("python", "print(1)", "run: python3"),
    "a manifest": fence("toml", MANIFEST, "manifest"),
    "a part of a manifest": fence("toml", '[[steps]]\nrun = "true"', "manifest"),
    "variables and directories": fence("sh", "export A=1\nmkdir b\ncd b") + fence("console", '$ echo "$A"; pwd\n1\n~/project/b'),
    "a setup": "<!-- setup:\ncat >a <<'EOF'\n  b\nEOF\n-->\n\n" + fence("console", "$ cat a\n  b"),
    "a directory": "<!-- cd: other -->\n\n" + fence("console", "$ pwd\n~/other"),
    "a copy": "<!-- page: copy examples/fastapi -->\n\n" + fence("sh", "test -f sandbox.toml"),
    "the program and its data": fence("toml", MANIFEST, "file: sandbox.toml")
    + fence("console", "$ sbx apply 2>/dev/null | wc -l\n1\n$ ls ~/.local/state/sbx\nbuilds\nlocal"),
    "a background process": fence("sh", "(while :; do echo noise; sleep 0.1; done) &") + fence("console", "$ echo a\na"),
    "a terminal": fence("console", "$ echo a\na\n$ tty && bash", "terminal: exit 4", "exit: 4"),
    "a text": fence("text", "NAME:TAG"),
    "more lines than are shown, on a page that builds": "<!-- page: engine -->\n\n"
    + fence("console", "$ seq 1 9; echo '[1] [stdout]: seen'\n2\n5\n[1] [stdout]: shown"),
    "uploads at the same time": fence("console", "$ echo uploaded b; echo uploaded a; echo c\nuploaded a\nuploaded b\nc"),
    "a block of another test": fence("yaml", "a: 1", "tested by: tests/site/selftest.py"),
    "an excerpt": fence("yaml", "a: 1", "not run: a part of a workflow"),
}

# What fails, by a part of the message.
BAD = {
    "ended with 1 instead of 0": fence("console", "$ false"),
    "`false` ended with 1": fence("console", "$ false\n$ true"),
    "ended with 0 instead of 1": fence("console", "$ true", "exit: 1"),
    "ended with 7 instead of 0": fence("sh", "exit 7\ntrue"),
    "ended with 127": fence("sh", "no-such-program\ntrue"),
    "ended with 0 instead of 3": fence("sh", "true", "exit: 3"),
    "-one": fence("console", "$ echo two\none"),
    "+two": fence("console", "$ echo two"),
    "-more": fence("console", "$ echo two\ntwo\nmore"),
    "-last": fence("console", "$ seq 1 9\n1\n…\nlast"),
    " 8": fence("console", "$ seq 1 9\n1\n…\n8\n…\n7\n9"),
    "-missing": "<!-- page: engine -->\n\n" + fence("console", "$ seq 1 9\n2\nmissing"),
    "+before": "<!-- page: engine -->\n\n" + fence("console", "$ echo before; echo behind\nbehind\nbefore"),
    "-c": fence("console", "$ echo uploaded a; echo c; echo uploaded b\nuploaded a\nuploaded b\nc"),
    "+stderr": fence("console", "$ echo stderr >&2"),
    "+512 MiB": fence("console", "$ echo 512 MiB\n256 MiB"),
    "output before the first command": fence("console", "output\n$ true"),
    "a console without a command": fence("console", "\n"),
    "unknown-key": fence("toml", 'workdirs = "/srv"', "manifest"),
    "invalid-name": fence("toml", MANIFEST.replace("agent", "An Agent"), "manifest"),
    "a manifest is a block of `toml`": fence("yaml", "a: 1", "manifest"),
    "a block of `toml` without a directive": fence("toml", MANIFEST),
    "a block of `python` without a directive": fence("python", "print(1)"),
    "a block of `yaml` without a directive": fence("yaml", "a: 1"),
    "SyntaxError": fence("python", "print(", "run: python3"),
    "commands and manifests are run": fence("sh", "true", "not run: too long"),
    "a command that is not run": fence("text", "sbx check"),
    "in a block of ``: $ ls": fence("", "$ ls"),
    "exclude each other": fence("toml", MANIFEST, "manifest", "file: sandbox.toml"),
    "`exit` is for a block that is run": fence("toml", MANIFEST, "manifest", "exit: 1"),
    "ended with 5 instead of 0": fence("console", "$ bash", "terminal: exit 5"),
    "the output of a terminal is not compared": fence("console", "$ bash\nexit", "terminal: exit"),
    "`terminal` is for a console": fence("sh", "bash", "terminal: exit"),
    "an unknown directive, or one without a value: exti": fence("console", "$ true", "exti: 1"),
    "an unknown directive, or one without a value: setup": "<!-- setup -->\n",
    "an unknown directive for the page: engin": "<!-- page: engin -->\n",
    "an unknown directive for the page: engine witch": "<!-- page: engine witch builds -->\n",
    "no directive: <!-- Setup": "<!-- Setup: true -->\n",
    "a directive needs a line of its own": "The command <!-- exit: 1 --> fails.\n",
    "directives without a block: exit": "<!-- exit: 1 -->\n\n## Next\n\n" + fence("console", "$ true"),
    "directives without a block at the end: file": "<!-- file: a -->\n",
    "the setup ended with 1": "<!-- setup: false -->\n",
    "`tests/site/requirements.txt` does not name": fence("sh", "true", "tested by: tests/site/requirements.txt"),
    "`tests/no-such-file` does not name": "<!-- page: tested by tests/no-such-file -->\n",
    "No such file": "<!-- page: copy examples/no-such-example -->\n\n" + fence("sh", "true"),
}


def ran(directory, text, update=False):
    path = pathlib.Path(directory) / "selftest.py.md"
    path.write_text("# A page\n\n" + text)
    page = Page(path, update)
    # A page of the repository, as far as `tested by` is concerned.
    page.name = "tests/site/selftest.py" if "tests/site/selftest.py" in text else "docs/no-such-page.md"
    try:
        page.run()
    except OSError as error:
        page.failures.append(str(error))
    return page


def main():
    failed = []
    with tempfile.TemporaryDirectory(prefix="sbx-page-test.") as directory:
        for name, text in GOOD.items():
            page = ran(directory, text)
            if page.failures:
                failed.append(f"{name}: failed:\n" + "\n".join(page.failures))
            elif list(page.own_processes() if page.commands else []):
                failed.append(f"{name}: a process is left")
        for reason, text in BAD.items():
            found = "\n".join(ran(directory, text).failures)
            if reason not in found:
                failed.append(f"`{reason}` is not the reason of a failure:\n{found or 'there is none'}")
        failed += updated(directory)
    for failure in failed:
        print("FAILED " + failure.replace("\n", "\n    "))
    print(f"{len(GOOD) + len(BAD)} pages and an update, {len(failed)} failed")
    return 1 if failed else 0


def updated(directory):
    """`--update` writes what was seen, leaves out what the page does, and the page then passes."""
    before = fence("console", "$ echo a\nb\n$ seq 1 3\n1\n…\n3\n$ echo took 2 s; echo b\ntook 1 s\n…\n$ true\nc")
    after = fence("console", "$ echo a\na\n$ seq 1 3\n1\n…\n3\n$ echo took 2 s; echo b\ntook 2 s\n…\n$ true")
    page = ran(directory, before + before, update=True)
    text = page.path.read_text().removeprefix("# A page\n\n")
    if text != after + after:
        yield f"the update wrote:\n{text}"
    yield from (f"after the update: {failure}" for failure in ran(directory, text).failures)


if __name__ == "__main__":
    assert (ROOT / "Cargo.toml").is_file()
    sys.exit(main())
