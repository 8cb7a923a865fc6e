"""Spaces that are none, and signs without width: no-break spaces, zero-width spaces, soft hyphens.

Seen on: text copied from pages, word processors and PDF files.
"""

from __future__ import annotations

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole

NBSP = "\u00a0"
MOST = 0.5
"""Share of the blanks of a card that are no-break spaces when a page made them."""
UNSEEN = regex("[\u00ad\u200b\u2060\ufeff]+")


def repair(lines: list[Line]) -> Repaired | None:
    """Take signs without width out; make blanks of no-break spaces where most blanks are such."""
    if text_of(lines).isascii():
        return None
    odd = [n for n, line in enumerate(lines) if not line.text.isascii()]
    changed: dict[int, Line] = {}
    count = 0
    for n in odd:
        text = lines[n].text
        if "\u00ad" in text or "\u200b" in text or "\u2060" in text or "\ufeff" in text:
            changes = [(m.start(), m.end(), "") for m in UNSEEN.finditer(text)]
            changed[n] = lines[n].swaps(changes)
            count += len(changes)
    hard = sum(lines[n].text.count(NBSP) for n in odd)
    if hard and hard > MOST * (hard + sum(line.text.count(" ") for line in lines)):
        for n in odd:
            line = changed.get(n, lines[n])
            if NBSP in line.text:
                changed[n] = line.fold(line.text.replace(NBSP, " "))
                count += line.text.count(NBSP)
    if not changed:
        return None
    card = [changed.get(n, line) for n, line in enumerate(lines)]
    return Repaired(card, count, whole(lines[n] for n in changed))
