"""Engines: who reads the parts. Each takes parts and gives their names once they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from cardkit.dataset import on_ray, reading
from cardkit.dataset.parts import Part
from cardkit.dataset.reading import Watch
from cardkit.dataset.shelf import Shelf


class How(NamedTuple):
    """How an engine runs."""

    workers: int | None = None
    """Processes that read cards; None: one for each processor."""
    address: str | None = None
    """Of a Ray cluster; None: one on this machine."""
    seconds: float | None = None
    """That a card may take."""
    reader: str = reading.READER


def _local(parts: Iterable[Part], shelf: Shelf, how: How, watch: Watch) -> Iterator[str]:
    return reading.write(
        parts, shelf, count=how.workers, seconds=how.seconds, reader=how.reader, watch=watch
    )


def _ray(parts: Iterable[Part], shelf: Shelf, how: How, watch: Watch) -> Iterator[str]:
    return on_ray.write(
        parts,
        shelf,
        count=how.workers,
        address=how.address,
        seconds=how.seconds,
        reader=how.reader,
        watch=watch,
    )


Engine: TypeAlias = Callable[[Iterable[Part], Shelf, How, Watch], Iterator[str]]
ENGINES: dict[str, Engine] = {"local": _local, "ray": _ray}
