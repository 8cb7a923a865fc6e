"""Phrases inside sentences, each group as one pattern."""

from __future__ import annotations

import re
from functools import lru_cache

from cardkit.vocabulary import load


@lru_cache(maxsize=128)
def alternatives(group: str) -> str:
    """Return the phrases of a group as the alternatives of a pattern, the longest first."""
    phrases = [str(phrase) for phrase in load("wording.yaml")[group]]
    return "|".join(_phrase(phrase) for phrase in sorted(phrases, key=len, reverse=True))


@lru_cache(maxsize=128)
def any_of(*groups: str) -> re.Pattern[str]:
    """Return the pattern that finds a phrase of these groups, whole words, in any case.

    >>> bool(any_of("finetune").search("Finetuned from")), bool(any_of("merged").search("emerge"))
    (True, False)
    """
    return re.compile("|".join(alternatives(group) for group in groups), re.IGNORECASE)


@lru_cache(maxsize=32)
def only(group: str) -> re.Pattern[str]:
    """Return the pattern that a text matches whole when it is a phrase of a group."""
    return re.compile(rf"\W*(?:{alternatives(group)})?\W*", re.IGNORECASE)


def _phrase(phrase: str) -> str:
    """Return the pattern of a phrase: whole words, unless a star stands for the ending."""
    words = phrase.removesuffix("*")
    pattern = re.escape(words).replace(r"\ ", r"\s+")
    left = r"(?<![A-Za-z0-9])" if words[0].isascii() and words[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if words[-1].isascii() and words[-1].isalnum() else ""
    return left + pattern + (r"[a-z-]*" if phrase.endswith("*") else right)
