r"""A blank line after each line: every line end came twice.

Seen on: pages that show each line as a paragraph, files whose line ends were converted twice
(`\\r\\r\\n`).
"""

from __future__ import annotations

from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, whole

SHORTEST = 8
TOGETHER = regex(r"\s*\|?\s*:?-{3,}:?\s*\||```|~~~")
"""Lines that no card parts from the line above or below by a blank one."""


def repair(lines: list[Line]) -> Repaired | None:
    """Drop every second line when all of them are blank and something must stand together."""
    if len(lines) < SHORTEST or (lines[0].text.strip() and lines[1].text.strip()):
        return None
    blank = [not line.text.strip() for line in lines]
    first = blank.index(False) if False in blank else len(lines)
    last = len(lines) - 1 - blank[::-1].index(False) if False in blank else 0
    gaps = range(first + 1, last, 2)
    if last - first < SHORTEST or not all(blank[n] for n in gaps) or (last - first) % 2:
        return None
    if not _belongs_together(lines, first, last):
        return None
    card = [lines[n] for n in range(first, last + 1, 2)]
    return Repaired(card, len(gaps), whole([lines[first], lines[last]]))


def _belongs_together(lines: list[Line], first: int, last: int) -> bool:
    """Return whether front matter, a table or code stands in single lines."""
    if lines[first].text.strip() == "---" and ":" in lines[first + 2].text:
        return True
    return any(TOGETHER.match(lines[n].text) for n in range(first, last + 1, 2))
