"""A card that ends within a row of a table: its last cell may have lost its end.

Seen on: captures that keep the first kilobytes of a page.
"""

from __future__ import annotations

from cardkit.facts import Problem
from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line

LEAST = 2
"""Rows above the cut one."""
HALF_NUMBER = regex(r"\d\.$")


def repair(lines: list[Line]) -> Repaired | None:
    """Drop the cell in which the card ends, where all rows above it are closed by a bar."""
    last = lines[-1] if lines else None
    if last is None or "|" not in last.text or last.text.rstrip().endswith("|"):
        return None
    above = [line.text.rstrip() for line in lines[-1 - LEAST : -1]]
    if len(above) < LEAST or not all("|" in text for text in above):
        return None
    closed = last.text[0] == "|" and all(text[:1] == text[-1:] == "|" for text in above)
    if not closed and not HALF_NUMBER.search(last.text):
        return None
    end = last.text.rindex("|") + 1
    cell = last[end:]
    problem = Problem(
        "text-damaged",
        "warning",
        f"The card ends within a row of a table; its last cell, {cell.text.strip()[:20]!r}, was"
        " left out. Take the end of the card from the original.",
        cell.span(),
    )
    return Repaired([*lines[:-1], last[:end]], 1, cell.span(), problems=(problem,))
