"""Phrases inside sentences, each group as one pattern."""

from __future__ import annotations

import re
from functools import lru_cache

from cardkit.patterns import regex
from cardkit.vocabulary import load


@lru_cache(maxsize=128)
def alternatives(*groups: str) -> str:
    """Return the phrases of groups as the alternatives of a pattern, the longest first."""
    phrases = sorted(_phrases(groups), key=len, reverse=True)
    words = [_phrase(phrase) for phrase in phrases if _is_latin(phrase[0])]
    signs = [_phrase(phrase) for phrase in phrases if not _is_latin(phrase[0])]
    bounded = [rf"(?-i:(?<![A-Za-z0-9]))(?:{'|'.join(words)})"] if words else []
    return "|".join([*bounded, *signs])


@lru_cache(maxsize=128)
def any_of(*groups: str) -> re.Pattern[str]:
    """Return the pattern that finds a phrase of these groups, whole words, in any case.

    >>> bool(any_of("finetune").search("Finetuned from")), bool(any_of("merged").search("emerge"))
    (True, False)
    """
    return regex(alternatives(*groups), re.IGNORECASE, needs=needed(*groups))


@lru_cache(maxsize=32)
def only(group: str) -> re.Pattern[str]:
    """Return the pattern that a text matches whole when it is a phrase of a group."""
    return regex(rf"\W*(?:{alternatives(group)})?\W*", re.IGNORECASE)


def needed(*groups: str) -> list[str]:
    """Return the phrases of groups as what a pattern needs."""
    return [phrase.removesuffix("*") for phrase in _phrases(groups)]


def _phrases(groups: tuple[str, ...]) -> list[str]:
    return [str(phrase) for group in groups for phrase in load("wording.yaml")[group]]


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _phrase(phrase: str) -> str:
    """Return the pattern of a phrase: it ends with its word, unless a star stands for the rest."""
    words = phrase.removesuffix("*")
    pattern = re.escape(words).replace(r"\ ", r"\s+")
    right = r"(?-i:(?![A-Za-z0-9]))" if _is_latin(words[-1]) else ""
    return pattern + (r"[a-z-]*" if phrase.endswith("*") else right)
