"""Rows of a table that were cut where a line became too long.

Seen on: mails and terminals, which wrap text at 72 or 80 columns. The delimiter row tells how many
bars a row has, so its parts are joined until all bars are there.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.noise import Repaired
from cardkit.patterns import regex
from cardkit.text import Line, join, whole

WIDEST = 132
DELIMITER = regex(r"\s*\|\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$|\s*\|\s*:?-+:?\s*\|\s*$")
PART = regex(r"\s*[|:\-\s]+$")
MOST_PARTS = 30


def repair(lines: list[Line]) -> Repaired | None:
    """Join the parts of rows, in tables where all rows then have as many bars."""
    bars = [n for n, line in enumerate(lines) if line.text[:1] == "|"]
    broken = [n for n in bars if not lines[n].text.rstrip().endswith("|")]
    if not broken or any(len(lines[n]) > WIDEST for n in bars):
        return None
    card = list(lines)
    parts: list[Line] = []
    for start, end in reversed(list(_tables(lines))):
        rows = _rows(lines[start:end])
        if rows is not None and len(rows) < end - start:
            card[start:end] = rows
            parts += lines[start:end]
    return Repaired(card, len(parts), whole(parts)) if parts else None


def _tables(lines: list[Line]) -> Iterator[tuple[int, int]]:
    """Yield where lines that stand together and begin with a bar begin and end."""
    at = 0
    while at < len(lines):
        end = at + 1
        if lines[at].text[:1] == "|":
            while end < len(lines) and lines[end].text.strip() and lines[end].text[0] not in "#`":
                end += 1
            yield at, end
        at = end


def _rows(lines: list[Line]) -> list[Line] | None:
    """Return the rows of a table, whole; None when its parts do not add up."""
    width = _width([line.text for line in lines])
    if width < 2:
        return None
    rows: list[Line] = []
    parts: list[Line] = []
    for line in lines:
        parts.append(line)
        text = " ".join(part.text for part in parts)
        count = text.count("|") - text.count("\\|")
        if count > width or len(parts) > MOST_PARTS or parts[0].text[:1] != "|":
            return None
        if count == width and text.rstrip().endswith("|"):
            rows.append(join(parts, " ") if len(parts) > 1 else line)
            parts = []
    return rows if not parts else None


def _width(texts: list[str]) -> int:
    """Return how many bars the delimiter row has, whole or in parts."""
    at = next((n for n, text in enumerate(texts) if "-" in text and PART.match(text)), None)
    if at is None:
        return 0
    row = texts[at]
    for text in texts[at + 1 :]:
        if not PART.match(text) or "-" not in text:
            break
        row += " " + text
    return row.count("|") if DELIMITER.match(row) else 0
