"""The cards of parts, read by workers of this machine and written as tables."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias

from cardkit import limits, readings, workers
from cardkit.dataset import columns
from cardkit.dataset.parts import Part
from cardkit.dataset.rows import Card, failure
from cardkit.dataset.shelf import Shelf
from cardkit.dataset.tables import TABLES, Rows

READER = "cardkit.dataset.rows:read"
AT_ONCE = 256
"""Cards whose rows are held before they become columns."""
AGAIN = 2
"""Times as many seconds as the first time for a card whose worker was lost."""
UNFINISHED = ".parts"
"""Where the files of parts lie until the build is done."""
Watch: TypeAlias = Callable[[Part, int, bool], None]
"""Is told of each card: its part, its number in it, and whether it could not be read."""


def silent(part: Part, number: int, bad: bool) -> None:
    """Watch nothing."""


def write(
    parts: Iterable[Part],
    shelf: Shelf,
    *,
    count: int | None = None,
    seconds: float | None = None,
    reader: str = READER,
    watch: Watch = silent,
) -> Iterator[str]:
    """Read parts in workers and write their tables; yield the name of each that is done."""
    begun: deque[Part] = deque()
    budget = limits.most("seconds") if seconds is None else seconds

    def tasks() -> Iterator[Card]:
        for part in parts:
            begun.append(part)
            yield from part.cards

    came = workers.run(reader, tasks(), seconds=budget, workers=count)
    try:
        while (first := next(came, None)) is not None:
            part = begun[0]
            rest = islice(came, len(part.cards) - 1)
            made: dict[str, list[columns.Batch]] = {name: [] for name in TABLES}
            held: list[Rows] = []
            for number, rows in enumerate(_chained(first, rest)):
                settled = _settled(part.cards[number], rows, budget, reader)
                held.append(settled)
                watch(part, number, "models" not in settled)
                if len(held) == AT_ONCE:
                    _flush(held, made)
            _flush(held, made)
            for name in TABLES:
                content = columns.parquet(name, made.pop(name))
                shelf.put(f"{UNFINISHED}/{name}/{part.name}.parquet", content)
            begun.popleft()
            yield part.name
    finally:
        came.close()  # type: ignore[attr-defined]  # a generator: its workers end here


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _flush(held: list[Rows], made: dict[str, list[columns.Batch]]) -> None:
    """Turn rows into columns, and let go of them."""
    together: Rows = {name: [] for name in TABLES}
    for rows in held:
        for name, each in rows.items():
            together[name] += each
    for name, batch in columns.batches(together).items():
        made[name].append(batch)
    held.clear()


def _settled(card: Card, rows: Rows | workers.Lost, seconds: float, reader: str) -> Rows:
    """Return the rows of a card; one whose worker was lost is read again, alone, and then told.

    The first time something else may have ended the worker: a person, a machine without memory.
    """
    if not isinstance(rows, workers.Lost):
        return rows
    (again,) = workers.run(reader, [card], seconds=AGAIN * seconds, workers=1)
    if not isinstance(again, workers.Lost):
        settled: Rows = again
        return settled
    error = readings.lost(card.key, again, AGAIN * seconds).error
    assert error is not None  # noqa: S101 - it is what it is asked for
    return {"problems": [failure(card.key, error)]}
