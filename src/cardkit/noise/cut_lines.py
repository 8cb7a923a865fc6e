"""Lines cut where a page or a terminal was full, in the middle of a word or number.

Seen on: copies out of terminals and fixed-width pages. Nearly all long lines are then of one
length, which no text has that was wrapped between words.
"""

from __future__ import annotations

from collections import Counter

from cardkit.noise import Repaired, texts_of
from cardkit.patterns import regex
from cardkit.text import Line, join, whole

NARROWEST = 40
WIDEST = 240
LEAST = 5
"""Lines of the full width."""
NEAR = 12
"""How many characters shorter a line may be that still tells of another way to wrap."""
SHARE = 0.75
"""Of the lines that are nearly as long as the longest, those that are as long."""
BEGINS = regex(r"\s*(?:#{1,6} \S|`{3}|~{3}|[-*+•] \*\*|---\s*$)")
ENDS = (".", "|", ":", "!", "?", "。", "：", "`")


def repair(lines: list[Line]) -> Repaired | None:
    """Join the lines that were cut with the lines behind them."""
    width = max(map(len, texts_of(lines)), default=0)
    if not NARROWEST <= width <= WIDEST:
        return None
    lengths = Counter(map(len, texts_of(lines)))
    if lengths[width] < LEAST:
        return None
    near = sum(count for length, count in lengths.items() if length > width - NEAR)
    if lengths[width] < SHARE * near:
        return None
    card: list[Line] = []
    parts: list[Line] = []
    cut: list[Line] = []
    for n, line in enumerate(lines):
        parts.append(line)
        if len(line) == width and n + 1 < len(lines) and _goes_on(line.text, lines[n + 1].text):
            cut.append(line)
            continue
        card.append(join(parts) if len(parts) > 1 else line)
        parts = []
    return Repaired(card, len(cut), whole(cut)) if cut else None


def _goes_on(text: str, behind: str) -> bool:
    if not behind.strip() or (text[-1] == "|" == behind[0]) or behind.startswith("http"):
        return False
    return not (text.endswith(ENDS) and BEGINS.match(behind))
