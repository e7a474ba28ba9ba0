"""Neovim: a person opens a manifest with six mistakes and corrects it."""

from __future__ import annotations

from session import Session


def run(it: Session) -> None:
    """The steps. In `screens/neovim` is what they show."""
    it.shows("6 problems")
    it.write(":lua vim.diagnostic.setqflist()\r")
    it.sees("1-problems", r"^Dockerfile\|3 col 1")
    it.write(":cclose\r")

    # On the key `dockerfile`.
    it.write("6G0K")
    it.sees("2-hover", "A Dockerfile to translate")

    # On the key `tag`.
    it.write("3G0gra")
    it.sees("3-code-actions", "write `tags`")
    it.write("1\r")
    it.sees("4-fixed", "^.*tags = .*\n(.*\n)*.*5 problems")

    it.write("grf")
    it.sees("5-all-fixed", "mode = 0o755(.*\n)*.*2 problems")
    # A name that is misspelled has no fix, because another file may be meant.
    it.write(":13s/pont/point/\r")
    it.shows("1 problems$")

    it.write("Go\r[[steps]]\rr")
    it.type("C-x", "C-o")
    it.sees("6-completion", "rename")
    it.type("C-y")
    it.write("mkdir -p data")
    it.escape("-- INSERT --")
    it.write(":w\r")
    it.sees("7-formatted", '^.*run = "mkdir -p data"')

    it.write(":edit Dockerfile\r")
    it.sees("8-dockerfile", "COPPY app.py")
    it.write("3G0cwCOPY")
    it.escape("-- INSERT --")
    it.write(":w\r")
    # The manifest has a warning that the corrected Dockerfile causes.
    it.write(":edit sandbox.toml\r")
    it.sees("9-other-file", " 1 problems$")
    it.write(":%s/uvicorn app/uvicorn --app-dir \\/srv app/\r")
    it.write(":w\r")
    it.sees("10-no-problems", " 0 problems$")
    it.write(":q\r")
    it.shows("^code=0$")
