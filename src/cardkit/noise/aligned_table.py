"""Tables whose cells are set in columns by blanks, with or without a line of dashes.

Seen on: plain-text converters, reStructuredText, output of programs, tabs turned into blanks. Each
column begins, or ends, at one place in all rows; otherwise nothing is cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from unicodedata import east_asian_width

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, Piece, join, whole

LEAST = 3
"""Rows of a table without a line of dashes."""
LONGEST = 4000
GAP = regex(r"(?<=\S)[ \u00a0]{2,}(?=\S)")
CELL = regex(r"\S+(?: \S+)*")
RULE = regex(r"[ ]*(?:-{2,}|={2,})(?:[ ]+(?:-{2,}|={2,}))+[ ]*|[ ]*-{5,}[ ]*")
DASHES = regex(r"-+|=+")
FENCE = regex(r"\s*(`{3,}|~{3,})")
COLUMN = regex(rb"x(?:\0?x)*")
OTHER = regex(r"\s*(?:[-*+•#>] |#{2,}|\d+[.)] )|.*[|\t]")


def repair(lines: list[Line]) -> Repaired | None:
    """Write bars between the columns."""
    text = text_of(lines)
    if "   " not in text and " ==" not in text:
        return None
    card = list(lines)
    rows: list[Line] = []
    for start, end in reversed(list(_runs([line.text for line in lines]))):
        table = _table(lines[start:end])
        if table:
            card[start:end] = table
            rows += lines[start:end]
    return Repaired(card, len(rows), whole(rows)) if rows else None


def _runs(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where lines stand together of which most have a gap, code left out."""
    fence, start, gaps = "", -1, 0
    for n, text in enumerate([*texts, ""]):
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        if mark:
            fence = "" if fence and text.strip().startswith(fence) else fence or mark[1]
        if not fence and not mark and text.strip() and len(text) < LONGEST:
            if start < 0:
                start, gaps = n, 0
            gaps += ("  " in text or " =" in text) and _is_spread(text)
            continue
        ruled = start >= 0 and any(RULE.fullmatch(text) for text in texts[start : start + 2])
        if start >= 0 and n - start >= LEAST and (ruled or gaps * 3 >= (n - start) * 2):
            others = sum(OTHER.match(text) is not None for text in texts[start:n])
            if 2 * others < n - start and not OTHER.match(texts[start]):
                yield start, n
        start = -1


def _is_spread(text: str) -> bool:
    return GAP.search(text) is not None or RULE.fullmatch(text) is not None


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
