"""Names looked for in texts, however their parts are joined.

A pattern of a card's names would do the same, but to compile one takes longer than to read the
card.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cardkit.patterns import regex

JOINS = regex(r"[\s_-]+")
MOST_JOINS = 2
"""Characters between two parts of a name: "Ant - 2" has three, and is none."""
GOES_ON = regex(r"[A-Za-z0-9]|[-_.][A-Za-z0-9]|\s[A-Z][a-z]")
"""What stands behind a name that is part of a longer one: "Ant 4 Scout"."""


class Place(NamedTuple):
    """Where a name stands in a text; asked like a match."""

    first: int
    last: int

    def start(self) -> int:
        """Return where it begins."""
        return self.first

    def end(self) -> int:
        """Return where it ends."""
        return self.last

    def span(self) -> tuple[int, int]:
        """Return both."""
        return self.first, self.last


class Names:
    """Names to look for, the longest first.

    >>> ant = Names(["Ant 2"])
    >>> ant.search("The ANT-2, and"), ant.search("Ant 2.5"), ant.match("ant_2: x")
    (Place(first=4, last=9), None, Place(first=0, last=5))
    """

    def __init__(self, names: Iterable[str]) -> None:
        parts = ([part for part in JOINS.split(name.lower()) if part] for name in names)
        self._names = list(dict.fromkeys(tuple(part) or ("",) for part in parts))

    def match(self, text: str, start: int = 0) -> Place | None:
        """Return the name that stands at a place."""
        lower = _lower(text)
        for parts in self._names:
            if lower.startswith(parts[0], start) and (end := _end(parts, start, lower, text)) >= 0:
                return Place(start, end)
        return None

    def search(self, text: str, start: int = 0) -> Place | None:
        """Return the first name of a text from some place on."""
        lower = _lower(text)
        best: Place | None = None
        for parts in self._names:
            at = lower.find(parts[0], start)
            while at >= 0 and (best is None or at < best.first):
                if (end := _end(parts, at, lower, text)) >= 0:
                    best = Place(at, end)
                    break
                at = lower.find(parts[0], at + 1)
        return best


def _lower(text: str) -> str:
    """Return a text in lower case, letter for letter."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _end(parts: tuple[str, ...], start: int, lower: str, text: str) -> int:
    """Return where a name ends whose first part stands at a place; -1 when it is not there."""
    if start and _in_word(lower[start - 1]):
        return -1
    end = start + len(parts[0])
    for part in parts[1:]:
        most = end + MOST_JOINS
        while end < most and (mark := lower[end : end + 1]) and (mark in "-_" or mark.isspace()):
            end += 1
        if not lower.startswith(part, end):
            return -1
        end += len(part)
    return -1 if GOES_ON.match(text, end) else end


def _in_word(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()
