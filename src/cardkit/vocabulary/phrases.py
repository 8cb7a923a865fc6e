"""Phrases of sentences, in prose.yaml: lists of words that the code makes patterns of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cardkit.patterns import regex
from cardkit.vocabulary import load

_COMMA = regex(r",\s*")


@lru_cache(maxsize=512)
def phrases(*path: str) -> tuple[str, ...]:
    """Return the phrases under a path of prose.yaml; of a group the names in it.

    >>> "this model" in phrases("subject", "own"), "own" in phrases("subject")
    (True, True)
    """
    found = _at(path)
    if found is None:
        return ()
    if isinstance(found, str):
        found = _COMMA.split(found.strip())
    return tuple(str(phrase) for phrase in found)


def number(*path: str) -> int:
    """Return the number under a path of prose.yaml; 0 when there is none."""
    return int(_at(path) or 0)


@lru_cache(maxsize=512)
def pattern(*path: str) -> re.Pattern[str]:
    """Return the pattern that finds one of the phrases under a path, as whole words."""
    words = phrases(*path)
    return regex(any_of(words), re.IGNORECASE, needs=words)


def any_of(words: Iterable[str], *, stems: bool = False) -> str:
    """Return a pattern for one of these phrases, the longest first; stems may have any ending.

    >>> bool(re.search(any_of(["layer"]), "layers")), bool(re.search(any_of(["layer"]), "a layer"))
    (False, True)
    """
    ordered = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(_bounded(word, stems) for word in ordered)})" if ordered else ""


def _bounded(phrase: str, stem: bool) -> str:
    """Return a pattern for a phrase: whole words where it begins or ends in a Latin letter."""
    inner = re.escape(phrase).replace(r"\ ", r"\s+")
    left = r"(?<![A-Za-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return left + inner + ("" if stem else right)


@lru_cache(maxsize=1)
def _prose() -> dict[str, Any]:
    return load("prose.yaml")  # type: ignore[no-any-return]


def _at(path: tuple[str, ...]) -> Any:
    found: Any = _prose()
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
