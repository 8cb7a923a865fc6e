"""A table whose cells stand a tab apart: what copying a table from a page gives.

Seen on: cards pasted from spreadsheets and rendered pages. The tabs are the borders, so nothing
is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, Piece, join, whole

LEAST = 2
"""Rows, with the head."""
BLOCK = regex(r"\s*(?:[-*+•] |#{1,6} |>)")
FENCE = regex(r"\s*(`{3,}|~{3,})")


def repair(lines: list[Line]) -> Repaired | None:
    """Write the tabs between cells as bars, where lines that stand together have as many each."""
    if "\t" not in text_of(lines):
        return None
    tabbed = [n for n, line in enumerate(lines) if "\t" in line.text and _tabs(line.text)]
    if not any(b - a == 1 for a, b in pairwise(tabbed)):
        return None
    card = list(lines)
    rows: list[Line] = []
    for start, end in reversed(list(_runs([line.text for line in lines]))):
        table = [_barred(line) for line in lines[start:end]]
        cells = lines[start].text.count("\t") + 1
        place = lines[start].span().end
        between = Line("|" + "---|" * cells, (Piece(0, place, place, exact=False),))
        blank = [Line("", (Piece(0, place, place),))]
        card[start:end] = [*blank, table[0], between, *table[1:], *blank]
        rows += lines[start:end]
    return Repaired(card, len(rows), whole(rows)) if rows else None


def _barred(line: Line) -> Line:
    tabs = [n for n, sign in enumerate(line.text) if sign == "\t"]
    bars = line.swaps((n, n + 1, " | ") for n in tabs)
    start, end = line.span()
    left = Line("| ", (Piece(0, start, start, exact=False),))
    right = Line(" |", (Piece(0, end, end, exact=False),))
    return join([left, bars, right])


def _runs(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where lines with equally many tabs begin and end, code left out."""
    fence, at = "", 0
    front = texts[0].strip() == "---"
    while at < len(texts):
        text = texts[at]
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        if mark:
            fence = "" if fence and text.strip().startswith(fence) else fence or mark[1]
        if front:
            front = at == 0 or text.strip() != "---"
        tabs = 0 if fence or front else _tabs(text)
        end = at + 1
        while tabs and end < len(texts) and _tabs(texts[end]) == tabs:
            end += 1
        beside = [texts[n] for n in (at - 1, end) if 0 <= n < len(texts)]
        ragged = any("\t" in text.strip() for text in beside)
        if tabs and end - at >= LEAST and not ragged and not texts[at].startswith("\t\t"):
            yield at, end
        at = end


def _tabs(text: str) -> int:
    """Return how many tabs part the cells of a line; 0 when it is code or another table."""
    if "\t" not in text or "|" in text or BLOCK.match(text):
        return 0
    if not text.strip() or (text[0] == "\t" and text.count("\t") == len(text) - len(text.lstrip())):
        return 0
    return text.count("\t")
