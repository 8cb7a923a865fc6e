"""How exactly a number was printed: 7B may stand for 6.9 billion, 7.0B may not."""

from __future__ import annotations

from typing import Any

from cardkit.patterns import regex

DIGITS = regex(r"\d[\d,]*(?:\.(\d+))?")
IN_K = regex(r"(\d[\d,]*(?:\.\d+)?)\s?[kK]")


def rounds_to(exact: int, stated: int, words: str) -> bool:
    """Return whether an exact count, rounded as the words are, gives the figure that they state.

    >>> rounds_to(6_889_672_704, 7_000_000_000, "7B"), rounds_to(12, 12, "12")
    (True, True)
    >>> rounds_to(6_889_672_704, 7_000_000_000, "7.0B")
    False
    """
    found = DIGITS.search(words)
    if not found or not stated:
        return exact == stated
    number = float(found[0].replace(",", ""))
    scale = stated / number if number else 0.0
    step = scale * 10 ** -len(found[1] or "")
    if not found[1] and scale == 1:
        return exact == stated
    return bool(abs(exact - stated) <= step / 2)


def means(exact: Any, stated: Any, words: str) -> bool:
    """Return whether a value of the files is what a card's words may mean; 4k is 4000 or 4096.

    >>> means(65536, 64000, "64K"), means(32000, 32768, "32K"), means(50432, 50257, "50257")
    (True, True, False)
    """
    if not isinstance(stated, int) or isinstance(stated, bool):
        return bool(exact == stated)
    short = IN_K.search(words)
    number = float(short[1].replace(",", "")) if short else 0.0
    meant = [stated, round(number * 1000), round(number * 1024)] if short else [stated]
    return any(rounds_to(exact, each, words) for each in meant)
