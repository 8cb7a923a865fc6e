"""Tables whose borders are drawn, or whose row of dashes is lost.

Seen on: plain-text converters (`+---+`, `┼`, `|---+---|`), output of databases and programs, copies
that take a row of dashes for a rule and drop it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.blocks.pipe_table import is_delimiter_row
from cardkit.noise import Repaired, has_dashes, in_code, text_of, texts_of
from cardkit.patterns import regex
from cardkit.text import Line, Piece, whole

LEAST = 3
"""Rows of a table without any border between them."""
BARRED = "│┃║¦｜"
BARS = regex(f"[{BARRED}]")
BORDER = regex(r"[|｜│+├┼┤┌┐└┘┬┴╞╪╡╔╗╚╝╦╩╠╬╣╟╢╫┝┿┥╤╧═─━┄┈╌=:：—－ -]{5,}")
CROSSED = regex(r"[=═─━┄┈╌—－-][:： ]{0,2}[+┼┬┴╪╦╩╬╫┿╤╧|｜│]+[:： ]{0,2}[=═─━┄┈╌—－-]|[┌└╔╚├╞╠]")
NUMBER = regex(r"[*_]*[-+]?\d[\d.,]*\s?%?[*_]*")


def repair(lines: list[Line]) -> Repaired | None:
    """Write the rows with bars, and a row of dashes below the first."""
    text = text_of(lines)
    signs = BARRED if any(bar in text for bar in BARRED) else ""
    if signs or "-+" in text:
        rows_of = [_is_row(row, signs) for row in texts_of(lines)]
    elif "|" in text and not has_dashes(lines):
        rows_of = ["|" in row for row in texts_of(lines)]
    else:
        return None
    found = [(run, table) for run in _runs(rows_of) if (table := _table(lines, *run))]
    if not found:
        return None
    code = in_code(lines)
    card = list(lines)
    rows: list[Line] = []
    for (start, end), table in reversed(found):
        if not code[start]:
            card[start:end] = table
            rows += lines[start:end]
    return Repaired(card, len(rows), whole(rows)) if rows else None


def _runs(rows: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield where lines that are rows or borders begin and end."""
    at = 0
    while True:
        try:
            start = rows.index(True, at)
        except ValueError:
            return
        at = start + 1
        while at < len(rows) and rows[at]:
            at += 1
        yield start, at


def _is_row(text: str, signs: str) -> bool:
    return "|" in text or any(bar in text for bar in signs) or _is_border(text)


def _is_border(text: str) -> bool:
    bare = text.strip()
    return BORDER.fullmatch(bare) is not None and CROSSED.search(bare) is not None


def _table(lines: list[Line], start: int, end: int) -> list[Line] | None:
    """Return a table as Markdown writes it; None when it is one already, or none for certain.

    Without borders its first row is its head only where nothing, or prose, stands above it.
    """
    if end - start < LEAST or is_delimiter_row(lines[start + 1].text):
        return None
    above = lines[start - 1].text.strip() if start else ""
    apart = not above or any(sign.isalnum() for sign in above)
    lines = lines[start:end]
    borders = [_is_border(line.text) for line in lines]
    rows = [
        line.swaps((bar.start(), bar.end(), "|") for bar in BARS.finditer(line.text))
        for line, border in zip(lines, borders, strict=True)
        if not border
    ]
    if not rows or any(is_delimiter_row(row.text) for row in rows):
        return None
    outer = all(row.text.strip()[0] == "|" == row.text.strip()[-1] for row in rows)
    bars = {row.text.count("|") for row in rows}
    if len(bars) != 1 or max(bars) < (3 if outer else 1):
        return None
    head = borders.index(False)
    ruled = head + 1 < len(lines) and borders[head + 1]
    inside = sum(borders[head:]) - borders[-1]
    if any(borders):
        if not ruled or (inside > 1 and inside < len(rows) - 1):
            return None  # a row of several lines
    elif not apart or not outer or len(rows) < LEAST or _has_numbers(rows[0].text):
        return None
    columns = max(bars) + (-1 if outer else 1)
    place = rows[0].span().end
    dashes = Line("|" + "---|" * columns, (Piece(0, place, place, exact=False),))
    blank = [Line("", (Piece(0, place, place),))]
    return [*blank, rows[0], dashes, *rows[1:], *blank]


def _has_numbers(row: str) -> bool:
    """Return whether most cells of a row behind its first hold numbers, as no head's do."""
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")][1:]
    return 2 * sum(bool(NUMBER.fullmatch(cell)) for cell in cells) > len(cells)
