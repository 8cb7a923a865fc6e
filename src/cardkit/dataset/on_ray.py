"""Parts read on a Ray cluster: the home of ray.

A part is one task, tried again if its worker is lost; in the task a process of its own reads the
cards, as on one machine.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from typing import Any

from cardkit.dataset import reading
from cardkit.dataset.extra import need
from cardkit.dataset.parts import Part
from cardkit.dataset.reading import Watch
from cardkit.dataset.shelf import Shelf
from cardkit.errors import CardkitError

AHEAD = 2
"""Parts for each processor of the cluster that are given to it before they are needed."""
TRIES = 5
"""Times that a part is given out again when its worker is lost."""


def write(
    parts: Iterable[Part],
    shelf: Shelf,
    *,
    count: int | None,
    address: str | None,
    seconds: float | None,
    reader: str,
    watch: Watch,
) -> Iterator[str]:
    """Read parts on a cluster and write their tables; yield the name of each that is done."""
    need("ray")
    import ray

    began = not ray.is_initialized()
    if began:
        ray.init(
            address=address,
            num_cpus=count if address is None else None,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    try:
        far = Shelf(shelf.root if shelf.far else _whole(shelf.root))
        task = ray.remote(max_retries=TRIES, retry_exceptions=False)(_read)
        room = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting: dict[Any, Part] = {}
        for part in parts:
            waiting[task.remote(part, far, seconds, reader)] = part
            if len(waiting) >= room:
                yield from _ready(ray, waiting, watch)
        while waiting:
            yield from _ready(ray, waiting, watch)
    finally:
        if began:
            ray.shutdown()


def _ready(ray: Any, waiting: dict[Any, Part], watch: Watch) -> Iterator[str]:
    done, _ = ray.wait(list(waiting), num_returns=1)
    for each in done:
        part = waiting.pop(each)
        try:
            bad = ray.get(each)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, CardkitError):
                raise error.cause from None
            raise
        for number in range(len(part.cards)):
            watch(part, number, number < bad)
        yield part.name


def _read(part: Part, shelf: Shelf, seconds: float | None, reader: str) -> int:
    """Read a part; return how many of its cards could not be read."""
    bad = 0

    def watch(_: Part, __: int, is_bad: bool) -> None:
        nonlocal bad
        bad += is_bad

    for _ in reading.write([part], shelf, count=1, seconds=seconds, reader=reader, watch=watch):
        pass
    return bad


def _whole(path: str) -> str:
    """Return a path that means the same in every process of this machine."""
    return os.path.abspath(path)
