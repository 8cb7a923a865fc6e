"""Tables with one cell on each line.

Seen on: pages whose cells hold paragraphs. The number of columns is the period at which the
kinds of the lines repeat; it stands only when the head's words, the count of the lines and the
kinds of every column agree on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cardkit.page.cells import Grid
from cardkit.page.heads import UNKNOWN, kind_of
from cardkit.patterns import regex
from cardkit.text import Line

MAX_COLUMNS = 20
MAX_CELL = 60
MIN_ROWS = 2

_NUMBER = regex(r"[~≈<>+−-]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?\s?(?:%|[BMKTG]B?)?[*†‡]{0,2}")
_NOTHING = regex(r"[-–—]{1,3}|N/A|n/a|[?？]|✅|❌|✓|✗|×")


def read(lines: Sequence[Line]) -> Grid | None:
    r"""Return a table whose cells stand on lines of their own; None when these are none.

    >>> from cardkit.text import lines_of
    >>> grid = read(lines_of("Model\nMMLU\nPIQA\nAnt\n40.1\n70.2\nBee\n38.4\n69.9"))
    >>> [tuple(cell.text for cell in row) for row in grid.rows][1]
    ('Ant', '40.1', '70.2')
    """
    texts = [line.text.strip() for line in lines]
    if any(len(text) > MAX_CELL for text in texts) or kind_of(texts[0]) != "label":
        return None
    kinds = "".join(_kind(text) for text in texts)
    fits = [width for width in range(2, MAX_COLUMNS + 1) if _repeats(kinds, texts, width)]
    if len(fits) != 1:
        return None
    width = fits[0]
    rows = [tuple(lines[at : at + width]) for at in range(0, len(lines), width)]
    return Grid(tuple(rows), 1, ())


def _kind(text: str) -> str:
    """Return a letter for what a cell holds: a number, nothing, or words."""
    if _NUMBER.fullmatch(text):
        return "n"
    return "." if _NOTHING.fullmatch(text) else "w"


def _repeats(kinds: str, texts: Sequence[str], width: int) -> bool:
    """Return whether the lines are rows of a width: a head of words, then columns of one kind."""
    if len(kinds) % width or len(kinds) < width * (MIN_ROWS + 1) or set(kinds[:width]) != {"w"}:
        return False
    columns = [set(kinds[width + column :: width]) - {"."} for column in range(width)]
    if columns[0] != {"w"} or any(len(column) > 1 for column in columns):
        return False
    if not any(column == {"n"} for column in columns):
        return False
    return sum(kind_of(text) != UNKNOWN for text in texts[:width]) * 2 >= width
