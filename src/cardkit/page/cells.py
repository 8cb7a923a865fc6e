"""Tables whose borders are gone: what their readers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.text import Line

SHOTS = regex(r"(?:\d{1,2}[- ]?shots?(?:@\d{1,3})?|[-–—])")
_SHOT_ROW = regex(rf"(?:{SHOTS.pattern}\s?){{2,}}")


class Grid(NamedTuple):
    """A table without borders, its rows cut into cells."""

    rows: tuple[tuple[Line | None, ...], ...]
    heads: int
    left: tuple[Line, ...]
    """Rows that can be cut in more than one way, or in none."""


def cut_line(line: Line, cuts: Sequence[tuple[int, int]]) -> tuple[Line, ...]:
    """Return the cells of a row."""
    return tuple(line[start:end].strip() for start, end in cuts)


def shot_row(line: Line) -> tuple[Line, ...]:
    """Return the cells of a second head row that says only shots: `5-shot5-shot0-shot`."""
    if not _SHOT_ROW.fullmatch(line.text.strip()):
        return ()
    return tuple(line[match.start() : match.end()] for match in SHOTS.finditer(line.text))


def padded(cells: Sequence[Line | None], width: int, *, left: bool) -> tuple[Line | None, ...]:
    """Return a row filled up with missing cells at one of its ends."""
    blank = [None] * (width - len(cells))
    return (*blank, *cells) if left else (*cells, *blank)
