"""Spaces that are none, and signs without width: no-break spaces, zero-width spaces, soft hyphens.

Seen on: text copied from pages, word processors and PDF files, keyboards on which a slip of the
thumb behind `#` types a no-break space.
"""

from __future__ import annotations

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.text import Line, whole

NBSP = "\u00a0"
MOST = 0.5
"""Share of the blanks of a card that are no-break spaces when a page made them."""
UNSEEN = regex(
    "[\u00ad\u200b\u200e\u200f\u2060\ufeff]+"
    # a joiner joins two letters of a script that has them, or two pictures
    "|(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])"
)
SIGNS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""All signs that UNSEEN may take out."""
MARKED = regex(
    "[ \t\u00a0]*(?:#{1,6}|[-*+]|\\d{1,3}[.)])\u00a0(?=[^\\s|])|[ \t]*\u00a0[ \t\u00a0]*(?=\\S)"
)
"""The beginning of a line where a no-break space stands for the blank of a mark or indentation."""


def repair(lines: list[Line]) -> Repaired | None:
    """Take signs without width out; make blanks of no-break spaces where a blank must stand.

    That is behind a mark and in an indentation, and everywhere when most blanks are such.
    """
    text = text_of(lines)
    if text.isascii():
        return None
    unseen = [sign for sign in SIGNS if sign in text]
    if not unseen and NBSP not in text:
        return None
    odd = [n for n, line in enumerate(lines) if not line.text.isascii()]
    changed: dict[int, Line] = {}
    count = 0
    for n in odd if unseen else ():
        changes = [(m.start(), m.end(), "") for m in UNSEEN.finditer(lines[n].text)]
        if changes:
            changed[n] = lines[n].swaps(changes)
            count += len(changes)
    hard = sum(lines[n].text.count(NBSP) for n in odd)
    most = hard > MOST * (hard + sum(line.text.count(" ") for line in lines)) if hard else False
    for n in odd if hard else ():
        line = changed.get(n, lines[n])
        mark = None if most or NBSP not in line.text else MARKED.match(line.text)
        end = len(line) if most else mark.end() if mark else 0
        if NBSP in line.text[:end]:
            changed[n] = line.fold(line.text[:end].replace(NBSP, " ") + line.text[end:])
            count += line.text[:end].count(NBSP)
    if not changed:
        return None
    card = [changed.get(n, line) for n, line in enumerate(lines)]
    return Repaired(card, count, whole(lines[n] for n in changed))
