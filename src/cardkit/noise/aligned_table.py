"""Tables whose cells are set in columns by blanks, with or without a line of dashes.

Seen on: plain-text converters, reStructuredText, output of programs, tabs turned into blanks. Each
column begins, or ends, at one place in all rows; otherwise nothing is cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from unicodedata import east_asian_width

from cardkit.noise import Repaired, has_dashes, in_code, text_of, texts_of
from cardkit.patterns import regex
from cardkit.text import Line, Piece, join, whole

LEAST = 3
"""Rows of a table without a line of dashes."""
LONGEST = 4000
CELL = regex(r"\S+(?: \S+)*")
RULE = regex(r"[ ]*(?:-{2,}|={2,})(?:[ ]+(?:-{2,}|={2,}))+[ ]*|[ ]*-{5,}[ ]*")
DASHES = regex(r"-+|=+")
COLUMN = regex(rb"x(?:\0?x)*")
OTHER = regex(r"\s*(?:[-*+•#>] |#{2,}|\d+[.)] )|.*[|\t]")


def repair(lines: list[Line]) -> Repaired | None:
    """Write bars between the columns."""
    text = text_of(lines)
    ruled = "= =" in text
    if ("   " not in text and not ruled) or has_dashes(lines):
        return None
    texts = texts_of(lines)
    found = [
        (run, table) for run in _runs(texts, ruled=ruled) if (table := _table(lines[slice(*run)]))
    ]
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


def _runs(texts: list[str], *, ruled: bool) -> Iterator[tuple[int, int]]:
    """Yield where lines stand together of which most have a gap."""
    wide = [n for n, text in enumerate(texts) if "  " in text or ruled]
    spread = [n for n in wide if texts[n][:4] != "    " and _is_spread(texts[n])]
    last = 0
    for n in spread:
        if n < last:
            continue
        start, end = n, n + 1
        while start > last and texts[start - 1].strip():
            start -= 1
        while end < len(texts) and texts[end].strip():
            end += 1
        last = end
        block = texts[start:end]
        gaps = sum(map(_is_spread, block))
        dashes = any(RULE.fullmatch(text) for text in block[:2])
        if len(block) < LEAST or not (dashes or gaps * 3 >= len(block) * 2):
            continue
        others = sum(OTHER.match(text) is not None for text in block)
        if 2 * others < len(block) and not OTHER.match(block[0]) and max(map(len, block)) < LONGEST:
            yield start, end


def _is_spread(text: str) -> bool:
    if "|" in text:
        return False
    bare = text.strip()
    return "  " in bare or "= =" in bare


def _table(lines: list[Line]) -> list[Line] | None:
    """Return a table as Markdown writes it; None when its columns are not certain."""
    rules = [n for n, line in enumerate(lines) if RULE.fullmatch(line.text)]
    rows = [line for n, line in enumerate(lines) if n not in rules]
    if rules and rules[0] == 0:  # a line of dashes above the head too
        rules = rules[1:]
    headed = bool(rules) and lines.index(rows[0]) + 1 == rules[0]
    if rules and not (headed and all(n == len(lines) - 1 for n in rules[1:])):
        return None
    if len(rows) < (2 if rules else LEAST):
        return None
    cells = _ruled(lines[rules[0]].text, rows) if rules else _edged(rows)
    if cells is None:
        return None
    place = rows[0].span().end
    dashes = Line("|" + "---|" * len(cells[0]), (Piece(0, place, place, exact=False),))
    blank = Line("", (Piece(0, place, place),))
    barred = [_barred(row) for row in cells]
    return [blank, barred[0], dashes, *barred[1:], blank]


def _barred(cells: list[Line]) -> Line:
    start, end = cells[0].span().start, cells[-1].span().end
    left = Line("| ", (Piece(0, start, start, exact=False),))
    right = Line(" |", (Piece(0, end, end, exact=False),))
    return join([left, join(cells, " | "), right])


def _ruled(rule: str, rows: list[Line]) -> list[list[Line]] | None:
    """Return the cells below the dashes that stand for each column."""
    starts = [dashes.start() for dashes in DASHES.finditer(rule)]
    if len(starts) < 2:
        return None
    table = []
    for row in rows:
        places = _places(row.text)
        cuts = [next((n for n, p in enumerate(places) if p >= s), len(row)) for s in starts]
        if row.text[: cuts[0]].strip() or any(row.text[c - 1 : c].strip() for c in cuts[1:]):
            return None
        ends = [*cuts[1:], len(row)]
        table.append([row[a:b].strip() for a, b in zip(cuts, ends, strict=True)])
    return table


def _edged(rows: list[Line]) -> list[list[Line]] | None:
    """Return the cells between the columns that are blank in all rows, two or more of them wide.

    The cells of a column must begin, or end, at one place.
    """
    if all(row.text.startswith("    ") for row in rows):
        return None  # code
    places = [_places(row.text) for row in rows]
    widest = max(at[-1] for at in places)
    filled = bytearray(widest + 2)
    for row, at in zip(rows, places, strict=True):
        for found in CELL.finditer(row.text):
            begin, end = at[found.start()], at[found.end()]
            filled[begin:end] = b"x" * (end - begin)
    columns = [(c.start(), c.end()) for c in COLUMN.finditer(filled)]
    if len(columns) < 2 or (len(columns) == 2 and len(rows) < 4):
        return None
    table: list[list[Line]] = []
    flush: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in columns]
    for row, at in zip(rows, places, strict=True):
        cuts = [bisect_left(at, min(start, at[-1])) for start, _ in columns]
        cells = []
        for begin, end, (starts, ends) in zip(cuts, [*cuts[1:], len(row)], flush, strict=True):
            cell = row[begin:end].rstrip()
            begin += len(cell) - len(cell.text.lstrip())
            cells.append(cell.strip())
            if cells[-1].text:
                starts.add(at[begin])
                ends.add(at[begin + len(cells[-1])])
        table.append(cells)
    loose = any(len(starts) > 1 and len(ends) > 1 for starts, ends in flush)
    return None if loose or not all(cell.text for cell in table[0][1:]) else table


def _places(text: str) -> list[int]:
    """Return in which column of a terminal each character stands, and where the text ends."""
    if text.isascii():
        return list(range(len(text) + 1))
    places, at = [], 0
    for sign in text:
        places.append(at)
        at += 2 if east_asian_width(sign) in "WF" else 1
    return [*places, at]
