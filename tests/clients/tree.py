"""The directory that the clients copy from."""

import sys
from pathlib import Path


def fill(root, hard_links=True):
    """Files, a directory, links, a name that sorts between a directory and what it holds."""
    root = Path(root)
    (root / "app.py").write_text("print('hello')\n")
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "deep" / "module.py").write_text("x = 1\n" * 1000)
    (root / "src" / "deep.txt").write_text("sorts between the directory and what it holds")
    (root / "src" / "tool").write_text("#!/bin/sh\n")
    (root / "src" / "tool").chmod(0o755)
    (root / "src" / "link").symlink_to("tool")
    (root / "one.log").write_text("1")
    (root / "two.log").write_text("22")
    if hard_links:
        (root / "same.log").hardlink_to(root / "two.log")
    else:
        (root / "same.log").write_text("22")


if __name__ == "__main__":
    fill(sys.argv[1], hard_links=sys.argv[2:] != ["--no-hard-links"])
