"""Helix: the same steps as in Neovim, as far as it has them."""

from __future__ import annotations

from session import Session


def run(it: Session) -> None:
    """The steps. In `screens/helix` is what they show."""
    it.shows("● 5 ")
    it.write(" D")
    it.sees("1-problems", "COPPY")
    it.escape("6/6")

    # On the key `tag`.
    it.write("3gggh a")
    it.sees("2-code-actions", "write `tags`")
    it.type("Enter")
    it.shows("● 4 ")

    # On the key `dockerfile`.
    it.write("6gggh k")
    it.sees("3-hover", "A Dockerfile to translate")
    it.escape("A Dockerfile to translate")

    it.write(" a")
    it.shows("apply all fixes")
    it.type("Enter")
    it.shows("● 1 ")
    replace(it, 13, "entrypont", "entrypoint")
    replace(it, 18, "uvicorn app", "uvicorn --app-dir /srv app")
    save(it, "sandbox.toml")
    it.write(":open Dockerfile\r3gg")
    it.sees("4-dockerfile", "`COPPY` is not an instruction")
    replace(it, 3, "COPPY", "COPY")
    save(it, "Dockerfile")
    it.write(":open sandbox.toml\r")

    it.write("geo\r[[steps]]\rru")
    it.sees("5-completion", "^ +~ +run +property")
    it.type("C-n", "Enter")
    it.shows('run = ""')
    it.write("mkdir -p data")
    it.escape(" INS ")
    # Helix 25.01 may ask for the layout before the server has the last key.
    it.settled()
    save(it, "sandbox.toml")
    # The step has been moved before `start`.
    it.sees("6-formatted", '^ *18 +run = "mkdir -p data"')
    it.write(":quit\r")
    it.shows("^code=0$")


def save(it: Session, name: str) -> None:
    """Saves the text; the message comes when it is written, whatever is typed meanwhile."""
    it.write(":write\r")
    it.shows(f"'{name}' written")


def replace(it: Session, line: int, old: str, new: str) -> None:
    """Replaces a text in a line."""
    it.write(f"{line}ggxs{old}\rc{new}")
    it.escape(" INS ")
    it.write(",")
