"""Rows of a training log whose cells touch: `0.25481.01900.11620.9652`.

A trainer prints losses and metrics with the same number of decimals and counts its steps evenly:
steps over epochs is the same in every row. That settles where the epoch ends and the step begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cardkit.patterns import regex

MIN_ROWS = 2
MIN_DECIMALS = 3
ENOUGH = 0.6
"""Share of the rows that must be cut: trainers drop zeros at a number's end, and such rows fail."""
ROUNDED = 0.0051
"""An epoch is rounded to two decimals."""

_LAST = regex(r"\d\.(\d{1,8})\Z")

Cut = tuple[int, ...]
"""Where the cells of a row begin."""


def cut_rows(rows: Sequence[str], before: int, after: int) -> dict[int, Cut] | None:
    """Return where the cells of each row begin; None when the rows do not count evenly.

    So many losses and metrics stand before the epoch, and so many behind the step.

    >>> cut_rows(["0.25481.01900.1162", "0.15442.03800.0894", "0.11823.05700.0767"], 1, 1)
    {0: (0, 6, 9, 12), 1: (0, 6, 9, 12), 2: (0, 6, 9, 12)}
    """
    decimals = Counter(len(match[1]) for row in rows if (match := _LAST.search(row)))
    if not decimals or not after:
        return None
    usual = decimals.most_common(1)[0][0]
    if usual < MIN_DECIMALS:
        return None
    score = rf"\d\.\d{{{usual}}}"
    shape = re.compile(
        rf"(?P<before>(?:{score}|No log){{{before}}})(?P<counts>\d{{1,4}}\.\d{{2,9}})"
        rf"(?:{score}){{{after}}}"
    )
    found = {i: match for i, row in enumerate(rows) if (match := shape.fullmatch(row))}
    if len(found) < max(MIN_ROWS, ENOUGH * len(rows)):
        return None
    ways = {i: _ways(match["counts"]) for i, match in found.items()}
    even = [chosen for end in ways[max(ways)] if (chosen := _even(ways, end, max(ways)))]
    if len(even) != 1:
        return None
    starts: dict[int, Cut] = {}
    for i, match in found.items():
        counts, end = match.start("counts"), match.end("counts")
        first = re.finditer(rf"{score}|No log", match["before"])
        starts[i] = (
            *(cell.start() for cell in first),
            counts,
            counts + even[0][i],
            *(end + (usual + 2) * column for column in range(after)),
        )
    return starts


def _ways(counts: str) -> dict[int, tuple[float, float]]:
    """Return where an epoch can end, and the least and most steps for each epoch then."""
    ways = {}
    for end in range(counts.index(".") + 2, counts.index(".") + 4):
        if _is_split(counts, end):
            epoch, steps = float(counts[:end]), int(counts[end:])
            low = steps / (epoch + ROUNDED)
            ways[end] = (low, steps / max(epoch - ROUNDED, ROUNDED))
    return ways


def _is_split(counts: str, end: int) -> bool:
    """Return whether an epoch may end at a place: a step without a leading zero follows."""
    whole = counts[: counts.index(".")]
    return end < len(counts) and counts[end] != "0" and (whole == "0" or whole[0] != "0")


def _even(
    ways: dict[int, dict[int, tuple[float, float]]], end: int, last: int
) -> dict[int, int] | None:
    """Return where each epoch ends when the last one ends at a place; None if they do not agree."""
    low, high = ways[last][end]
    chosen = {}
    for i, places in ways.items():
        agree = [at for at, (least, most) in places.items() if least <= high and low <= most]
        if i == last:
            agree = [end]
        if len(agree) != 1:
            return None
        chosen[i] = agree[0]
    return chosen
