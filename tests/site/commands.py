"""Checks the commands in the prose of the pages against `--help`: each subcommand and option exists.

usage: commands.py [--self-test] [PAGE...]

Commands in blocks are run by `pages.py`. These are the code spans that begin with `sbx `, such as
`sbx check --fix`; what follows a `--` is another program's. The pages are those of `docs` and at the top.
"""

import functools
import os
import pathlib
import re
import subprocess
import sys

from markdown_it import MarkdownIt

ROOT = pathlib.Path(__file__).resolve().parents[2]
SBX = pathlib.Path(os.environ.get("SBX_PROGRAM", ROOT / "target/debug/sbx")).absolute()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


@functools.cache
def help_of(*words):
    """The subcommands and options of a command."""
    text = subprocess.run([SBX, *words, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.search(r"^Commands:\n(.*?)\n\n", text, re.M | re.S)
    names = re.findall(r"^  ([a-z][a-z-]*)", commands[1], re.M) if commands else []
    aliases = re.findall(r"\[alias(?:es)?: ([a-z, ]+)\]", text)
    names += [alias for listed in aliases for alias in listed.split(", ")]
    return set(names), set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", text)) | {"-h", "--help"}


def fault(command):
    """What is wrong with a command, or `None`."""
    path = []
    for word in command.split()[1:]:
        if word in ("--", "|", "&&"):
            break
        names, options = help_of(*path)
        if word in names:
            path.append(word)
        elif word.startswith("-") and word != "-":
            option = word.split("=")[0].rstrip(",;.")
            if option not in options:
                return f"`sbx {' '.join(path)}` has no option `{option}`"
        elif names and re.fullmatch(r"[a-z-]+", word):
            return f"`sbx {' '.join(path)}` has no command `{word}`"
    return None


def commands_of(text):
    """The commands of a page's prose, in the order of their lines."""
    for token in MarkdownIt().enable("table").parse(text):
        for child in token.children or []:
            content = child.content.replace("\\|", "|")
            if child.type == "code_inline" and re.match(r"sbx -?[a-z-]", content):
                yield (token.map or [0])[0] + 1, content


def self_test():
    good = ["sbx check --fix", "sbx tag add NAME:FROM TAG…", "sbx run x -- python -V", "sbx rm NAME", "sbx --version"]
    bad = ["sbx chekc", "sbx check --fxi", "sbx tag ad NAME", "sbx --versions", "sbx plan --fix", "sbx list -z"]
    wrong = [command for command in good if fault(command)] + [command for command in bad if not fault(command)]
    prose = "Text with `sbx check --fxi`, and\n\n| `sbx chekc` |\n|---|\n| `sbx [a\\|b]` `sbx plan --fix` |\n"
    found = [command for _, command in commands_of(prose) if fault(command)]
    wrong += [] if found == ["sbx check --fxi", "sbx chekc", "sbx plan --fix"] else [str(found)]
    for command in wrong:
        print(f"wrongly judged: {command}")
    print(f"{len(good) + len(bad)} commands, {len(wrong)} wrongly judged")
    return 1 if wrong else 0


def main():
    if "--self-test" in sys.argv[1:]:
        return self_test()
    count = failed = 0
    for path in [pathlib.Path(name).absolute() for name in sys.argv[1:]] or PAGES:
        for line, command in commands_of(path.read_text()):
            count += 1
            wrong = fault(command)
            if wrong:
                failed += 1
                print(f"{path.relative_to(ROOT)}:{line}: `{command}`: {wrong}")
    print(f"{count} commands in prose, {failed} wrong")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
