"""Does several jobs at once and tells of them in one thread.

The threads are daemons: Ctrl-C ends the process at once, and not when the last answer came.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

Told: TypeAlias = "int | str"
"""Bytes, or a sentence."""
Tell: TypeAlias = Callable[[Told], None]
Job: TypeAlias = Callable[[Tell], None]


def run(jobs: Sequence[Job], threads: int, stop: threading.Event) -> Iterator[Told]:
    """Yield what jobs tell, until all are done. The first that fails stops them, and is raised."""
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    told: queue.SimpleQueue[Told | BaseException | None] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        try:
            while not stop.is_set():
                waiting.get_nowait()(told.put)
        except queue.Empty:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised where the jobs were given
            told.put(error)
        told.put(None)

    running = min(threads, len(jobs))
    for _ in range(running):
        threading.Thread(target=work, daemon=True).start()
    failed: BaseException | None = None
    try:
        while running:
            each = told.get()
            if each is None:
                running -= 1
            elif isinstance(each, BaseException):
                stop.set()
                failed = failed or each
            else:
                yield each
    finally:
        stop.set()
    if failed:
        raise failed
