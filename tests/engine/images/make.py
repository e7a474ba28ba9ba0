"""Make the stand-in for each image, and give it the image's name.

    python3 tests/engine/images/make.py REFERENCE… NAME=REFERENCE…

The second form gives another image's stand-in a name, such as that of a slim image that of the
full one.
"""

from __future__ import annotations

import sys
import time

import stand_ins
from container import engine


def main() -> None:
    for argument in sys.argv[1:]:
        begun = time.monotonic()
        name, _, reference = argument.partition("=")
        engine("tag", stand_ins.build(reference or name), name)
        print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
