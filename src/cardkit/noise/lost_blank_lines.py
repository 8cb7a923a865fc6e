"""Blank lines lost: put back around headings, tables, code and tags.

Seen on: every file page that shows the lines of a card as rows. Where a paragraph ended when the
next began without a mark is not to be known.
"""

from __future__ import annotations

from itertools import pairwise

from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, Piece, whole

SHORTEST = 12
"""A card of fewer lines may have been written without a blank one."""

HEADING = regex(r"#{1,6}\s")
FENCE = regex(r"\s*(`{3,}|~{3,})[^`]*$")
DELIMITER = regex(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$|\s*\|\s*:?-+:?\s*\|\s*$")
TAG = regex(r"\s*</?[A-Za-z][^<>]*>\s*$")
NUMBER_CELL = regex(r"[*_]*\d[\d.,]*\s?%?[*_]*")
RULE = regex(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*$")
LIST = regex(r"\s*(?:[-*+]|\d{1,3}[.)])\s")


def repair(lines: list[Line]) -> Repaired | None:
    """Put a blank line where a block of another kind begins, if the card has no blank line."""
    if len(lines) < SHORTEST or any(not line.text.strip() for line in lines[:-1]):
        return None
    kinds = list(_kinds([line.text for line in lines]))
    card = [lines[0]]
    beside: list[Line] = []
    for (_, before), (line, kind) in pairwise(zip(lines, kinds, strict=True)):
        if _parted(before, kind):
            place = line.span().start
            card.append(Line("", (Piece(0, place, place),)))
            beside.append(line)
        card.append(line)
    return Repaired(card, len(beside), whole(beside)) if beside else None


def _parted(before: str, kind: str) -> bool:
    """Return whether two lines of these kinds had a blank line between them for certain."""
    if before == kind:
        return kind == "heading"
    return not (
        {before, kind} <= {"list", "prose"} or kind == "front" or (before, kind) == ("list", "code")
    )


def _has_numbers(row: str) -> bool:
    """Return whether most cells of a row below its first hold numbers, as no head's do."""
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")][1:]
    return 2 * sum(bool(NUMBER_CELL.fullmatch(cell)) for cell in cells) > len(cells)


def _kinds(texts: list[str]) -> list[str]:
    """Return what each line belongs to."""
    kinds: list[str] = []
    fence, front = "", bool(texts) and texts[0].rstrip() == "---"
    table, tables = False, 0
    for n, text in enumerate(texts):
        if front:
            kinds.append("front")
            front = n == 0 or text.rstrip() != "---"
            continue
        mark = FENCE.match(text) if "`" in text or "~" in text else None
        if fence:
            kinds.append("code")
            if mark and text.strip().startswith(fence) and not text.strip().strip(fence[0]):
                fence = ""
            continue
        if mark:
            fence = mark[1]
            kinds.append("code")
            table = False
            continue
        below = texts[n + 1] if "|" in text and n + 1 < len(texts) else ""
        opens = "-" in below and DELIMITER.match(below)
        if opens and table and _has_numbers(text):
            opens = None  # a row of dashes within a table, not the head of another
        if opens or (table and "|" in text):
            tables += bool(opens)
            table = True
            kinds.append(f"table {tables}")
            continue
        table = False
        if RULE.match(text):
            kinds.append("rule")
        elif HEADING.match(text):
            kinds.append("heading")
        elif TAG.match(text):
            kinds.append("tag")
        elif LIST.match(text):
            kinds.append("list")
        else:
            kinds.append("prose")
    return kinds
