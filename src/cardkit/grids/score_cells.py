"""Scores with all that is known of them, and the unit that each is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.values import scores
from cardkit.values.scores import Score
from cardkit.vocabulary import benchmarks, mentions, metrics, words

PERCENT = regex(r"[(\[（【]\s*[%％]\s*[)\]）】]")
"""The unit behind a name: `EER (%)`."""
MOST_POINTS = 10
"""Numbers from 1 to this, and none beyond, are a judge's points where nothing else is known."""

LOSS = regex(r"(?:^|\s)loss(?:\s|$)", re.IGNORECASE)


class Context(NamedTuple):
    """What the words around a table say of it."""

    benchmark: benchmarks.Benchmark | None = None
    """The benchmark that a heading or caption names."""
    title: str = ""
    """That heading or caption."""
    harness: str | None = None
    evaluation: bool = False
    """Whether they speak of an evaluation."""
    metric: metrics.Metric | None = None
    """The one metric that they name for all numbers."""
    runs: dict[str, mentions.Said] = {}  # noqa: RUF012, nobody may change it
    """What they say of the runs on single benchmarks."""
    stranger: bool = False
    """Whether they lead over to another model, whose scores follow."""


class Cell(NamedTuple):
    """A score with all that is known of it, before its unit is."""

    model: str | None
    is_self: bool
    text: str
    """The benchmark as printed."""
    read: benchmarks.Benchmark
    score: Score
    line: Line
    group: str | None = None
    std: float | None = None
    num_fewshot: int | None = None
    metric: metrics.Metric | None = None
    split: str | None = None
    place: int = 0
    """The row or column whose cells are printed alike: that of one benchmark or metric."""


def in_units(
    cells: list[Cell], context: Context, *, apart: bool = False
) -> Iterator[tuple[Cell, str]]:
    """Yield each cell with its unit: `fraction`, `percent` or `score`.

    A table is of fractions when over nine tenths of its shares are at most 1; a column whose
    numbers have a per cent sign, or are printed quite differently, is judged by itself. apart
    says that all columns are, since each is of a metric of its own.
    """
    kinds = [_kind(cell, context) for cell in cells]
    over = zip(cells, kinds, strict=True)
    free = {(c.place, c.text) for c, kind in over if kind == "score" and _over(c)}
    if free:
        kinds = ["score" if (c.place, c.text) in free and c.metric is None and not c.score.percent
                 else kind for c, kind in zip(cells, kinds, strict=True)]  # fmt: skip
    shares = [cell.score for cell, kind in zip(cells, kinds, strict=True) if kind != "score"]
    fraction_table = _fractions(shares)
    none = not any(score.value for score in shares)
    lines: dict[int, list[Score]] = {}
    for cell, kind in zip(cells, kinds, strict=True):
        if kind != "score":
            lines.setdefault(cell.place, []).append(cell.score)
    small = len(shares) >= 3 and all(1 < score.value <= MOST_POINTS for score in shares)
    rated = (
        small
        and context.benchmark is not None
        and (benchmarks.kind(context.benchmark.id, context.benchmark.metric) == "score")
    )
    most = max((score.decimals for score in shares if abs(score.value) > 1), default=0)
    printed = {at: _printed(same, most) for at, same in lines.items()}
    for cell, kind in zip(cells, kinds, strict=True):
        same = printed.get(cell.place, NOT_PRINTED)
        unbound = apart and (same.negative or not same.fractions)
        if cell.score.percent or same.percent or _is_rate_in_percent(cell):
            yield cell, "percent"
        elif rated or kind == "score" or (kind is None and (small or same.over or unbound)):
            yield cell, "score"
        elif apart and (not same.zero or none):
            yield cell, "fraction" if same.fractions or none else "percent"
        elif fraction_table:
            yield cell, "fraction" if same.fractions or same.zero else "percent"
        elif same.fractions and same.finer:
            yield cell, "fraction"
        else:
            yield cell, "percent"


def _is_rate_in_percent(cell: Cell) -> bool:
    """Return whether a name says that an error rate is in percent: a good one is below 1 there."""
    metric = cell.metric.id if cell.metric else cell.read.metric
    return metrics.family(metric) == "error" and bool(PERCENT.search(cell.text))


class _Printed(NamedTuple):
    """How the shares of a row or column are printed."""

    percent: bool
    over: bool
    """Whether one is beyond 100."""
    fractions: bool
    finer: bool
    """Whether each has more decimals than any share of the table that is above 1."""

    zero: bool
    """Whether all are 0, as in either unit."""

    negative: bool
    """Whether one is below 0."""


NOT_PRINTED = _Printed(
    percent=False, over=False, fractions=False, finer=True, zero=True, negative=False
)


def _printed(same: list[Score], most: int) -> _Printed:
    """Return how the shares of one row or column are printed."""
    return _Printed(
        any(score.percent for score in same),
        any(abs(score.value) > 100 for score in same),
        _fractions(same),
        all(score.decimals > most for score in same if score.value),
        not any(score.value for score in same),
        any(score.value < 0 for score in same),
    )


def _kind(cell: Cell, context: Context) -> str | None:
    """Return whether a cell is a `share` or a free `score`; None when nothing says so."""
    said = _said_of(cell.text)
    if cell.score.unit or said == "unit":
        return "score"
    if said == "share":
        return said
    metric = cell.metric
    if metric is not None:
        longer = metric.id in mentions.group("lengths") and cell.score.value > 1
        return "score" if longer and not cell.score.percent else metric.kind
    if said == "score":
        return said
    kind = benchmarks.kind(cell.read.id, cell.read.metric)
    if kind == "share" and _over(cell):
        return "score"  # tokens per second on the prompts of a benchmark, say
    if kind is None and not cell.read.known and context.benchmark is not None:
        around = benchmarks.kind(context.benchmark.id, context.benchmark.metric)
        return around if around == "share" and abs(cell.score.value) <= 100 else None
    return kind


def _over(cell: Cell) -> bool:
    """Return whether a number of no metric is too large for a share."""
    return cell.metric is None and cell.read.metric is None and abs(cell.score.value) > 100


@lru_cache(maxsize=1024)
def _said_of(text: str) -> str | None:
    """Return what a benchmark's printed name says of its numbers.

    `unit`, or `share`, or, where no metric is known, `score`.
    """
    if scores.unit_of(text):
        return "unit"
    if "%" in text or "％" in text:
        return "share"
    if words.find("evaluation", text) in ("speed_head", "training_log_head") or LOSS.search(text):
        return "score"
    return None


def _fractions(found: list[Score]) -> bool:
    """Whether numbers are printed from 0 to 1: over nine tenths of those with decimals, not 0."""
    decimals = [s for s in found if s.decimals and s.value and not s.percent]
    return bool(decimals) and sum(abs(s.value) <= 1 for s in decimals) > 0.9 * len(decimals)
