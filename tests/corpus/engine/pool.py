"""A few builds side by side, each in a data directory of its own."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from build import Builder
from watch import Limits

Work = TypeVar("Work")
Result = TypeVar("Result")


def run(
    task: Callable[[Work, Builder], Result], work: Iterable[Work], jobs: int, limits: Limits
) -> list[Result]:
    """The results in the order of the work. What a task has built is removed at its end."""
    free: queue.Queue[Builder] = queue.Queue()
    with tempfile.TemporaryDirectory() as folder:
        builders = [Builder(Path(folder) / str(number), limits) for number in range(jobs)]
        for builder in builders:
            builder.data.mkdir()
            free.put(builder)

        def one(item: Work) -> Result:
            builder = free.get()
            try:
                return task(item, builder)
            finally:
                builder.remove()
                free.put(builder)

        with ThreadPoolExecutor(jobs) as threads:
            return list(threads.map(one, work))
