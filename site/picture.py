"""Draws what `sbx check` prints as an SVG: the picture of the README and of the documentation's first page.

usage: picture.py SBX PICTURE [--check]

With `--check`, fails if the picture is not what the program prints.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

MANIFEST = """\
name = "agent-runtime"

[from]
python = "3.12"

[[steps]]
pip = ["fastapi", "uvicorn"]

[[steps]]
copy = "ap.py"
to   = "/home/user/"
mode = 755

[start]
cmd = "uvicorn app:app --port 8000"

[ready]
url = "http://localhost:8080/health"
"""

COLUMNS = 84

# Colours with enough contrast on the background, which is the same in light and dark pages.
THEME = TerminalTheme(
    (17, 24, 39),
    (229, 231, 235),
    [(55, 65, 81), (248, 113, 113), (74, 222, 128), (250, 204, 21), (96, 165, 250), (232, 121, 249), (34, 211, 238), (229, 231, 235)],
    [(156, 163, 175), (252, 165, 165), (134, 239, 172), (253, 224, 71), (147, 197, 253), (240, 171, 252), (103, 232, 249), (249, 250, 251)],
)

# Rich's own form loads a font from another host, which no page should.
FORM = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>sbx check reports three mistakes, each at its place</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="{width}" height="{height}" rx="8" fill="#111827"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def printed(sbx):
    """What the program prints at a terminal, with the codes of its colours."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        (project / "sandbox.toml").write_text(MANIFEST)
        (project / "app.py").write_text("")
        ended = subprocess.run(
            [sbx, "check"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": os.environ["PATH"], "HOME": directory, "CLICOLOR_FORCE": "1", "COLUMNS": str(COLUMNS),
                 "SBX_NO_IMAGE_CHECK": "1"},
        )
    if ended.returncode != 1:
        raise SystemExit(f"sbx check ended with {ended.returncode}:\n{ended.stdout}")
    return ended.stdout


def picture(sbx):
    """The SVG."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), color_system="standard", force_terminal=True)
    console.print(Text.from_ansi("$ sbx check\n" + printed(sbx)))
    return console.export_svg(theme=THEME, code_format=FORM, unique_id="sbx")


def main():
    sbx, target = sys.argv[1], Path(sys.argv[2])
    drawn = picture(os.path.abspath(sbx))
    if "--check" in sys.argv:
        if target.read_text() != drawn:
            raise SystemExit(f"{target} is not what `sbx check` prints: run site/picture.py without --check")
        print(f"{target} is what `sbx check` prints")
    else:
        target.write_text(drawn)


main()
