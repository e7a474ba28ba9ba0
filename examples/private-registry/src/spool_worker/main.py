"""Takes job files from `SPOOL_DIR/in` and writes their results to `SPOOL_DIR/out`."""

import os
import signal
import sys
import time
from pathlib import Path

from spool_worker.jobs import run


def work(inbox: Path, outbox: Path) -> int:
    """Handles the jobs that are there, oldest name first."""
    done = 0
    for job in sorted(inbox.glob("*.json")):
        partial = outbox / f".{job.name}"
        partial.write_text(run(job.read_text()))
        partial.rename(outbox / job.name)
        job.unlink()
        done += 1
    return done


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    spool = Path(os.environ.get("SPOOL_DIR", "spool"))
    poll = float(os.environ.get("SPOOL_POLL", "1"))
    inbox, outbox = spool / "in", spool / "out"
    inbox.mkdir(parents=True, exist_ok=True)
    outbox.mkdir(parents=True, exist_ok=True)

    (spool / "ready").touch()
    print(f"watching {inbox}", flush=True)
    while True:
        if work(inbox, outbox) == 0:
            time.sleep(poll)


if __name__ == "__main__":
    main()
