"""Places as editors count them: lines and columns from 1."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from cardkit.text import LINE_END


class Place(NamedTuple):
    """A character of a file; the column counts code points."""

    line: int
    column: int


class Lines(NamedTuple):
    """A card's lines: where each begins and ends."""

    raw: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def place(self, offset: int) -> Place:
        """Return the place of a character; a byte order mark takes no column."""
        line = bisect_right(self.starts, offset)
        start = self.starts[line - 1]
        marked = line == 1 and offset > 0 and self.raw.startswith("\ufeff")
        return Place(line, offset - start + (0 if marked else 1))

    def text(self, line: int) -> str:
        """Return a line by its number, without its end and without a byte order mark."""
        return self.raw[self.starts[line - 1] : self.ends[line - 1]].removeprefix("\ufeff")


def lines_in(raw: str) -> Lines:
    r"""Return the lines of a card.

    >>> lines_in("a\nbc").place(2)
    Place(line=2, column=1)
    """
    ends = [match.span() for match in LINE_END.finditer(raw)]
    return Lines(raw, (0, *(end for _, end in ends)), (*(start for start, _ in ends), len(raw)))
