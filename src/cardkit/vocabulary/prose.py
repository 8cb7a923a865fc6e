"""Phrases by which sentences state figures and settings, and patterns that find them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cardkit.patterns import regex, shortest
from cardkit.vocabulary import load, spread


@lru_cache(maxsize=1)
def _rows() -> dict[str, Any]:
    return load("prose.yaml")  # type: ignore[no-any-return]


def phrases(*keys: str) -> list[str]:
    """Return the phrases that stand under some keys, each within the one before.

    >>> phrases("stages", "dpo")[0]
    'dpo'
    """
    row: Any = _rows()
    for key in keys:
        row = row[key]
    return list(row) if isinstance(row, dict) else spread(row)


def number(*keys: str) -> float:
    """Return a number that stands under some keys; 0 when there is none."""
    row: Any = _rows()
    for key in keys:
        row = row.get(key, {})
    return float(row) if row != {} else 0.0


@lru_cache(maxsize=64)
def pattern(*keys: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases under some keys.

    >>> pattern("stages", "sft").search("after supervised fine-tuning") is not None
    True
    """
    words = phrases(*keys)
    return regex(any_of(words), re.IGNORECASE, needs=words)


# Looked up as ASCII word characters, and once for a whole group: both compile much faster.
NO_LETTER_BEFORE = r"(?a:(?<!\w))"
NO_LETTER_BEHIND = r"(?a:(?!\w))"


def stems_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a quick pattern that tells whether any of some words is in a text in lower case."""
    by_letter: dict[str, list[str]] = {}
    for word in shortest(words):
        by_letter.setdefault(word[0], []).append(re.escape(word[1:]))
    groups = [f"{re.escape(letter)}(?:{'|'.join(ends)})" for letter, ends in by_letter.items()]
    return re.compile("|".join(groups))


def any_of(words: Iterable[str], *, stems: bool = False) -> str:
    """Return a regular expression for any of some phrases, the longest first.

    Letters around a phrase that is written in Latin letters make it another word; a stem may go
    on. A blank in a phrase stands for a blank or a hyphen.

    >>> [bool(re.search(any_of(["batch size", "lr"]), text)) for text in ("batch-size", "blr")]
    [True, False]
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for word in sorted(set(words), key=lambda w: (-len(w), w)):
        inner = re.escape(word).replace(r"\ ", r"[\s-]+").replace(r"\-", r"[\s-]?")
        left = NO_LETTER_BEFORE if word[0].isascii() and word[0].isalnum() else ""
        whole = word[-1].isascii() and word[-1].isalnum() and not stems
        groups.setdefault((left, NO_LETTER_BEHIND if whole else ""), []).append(inner)
    parts = [f"{left}(?:{'|'.join(inner)}){right}" for (left, right), inner in groups.items()]
    return f"(?:{'|'.join(parts)})" if parts else ""
