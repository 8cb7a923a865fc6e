"""Regular expressions that are compiled when they are first used.

Hundreds of them stand at the top of this project's files, and one card needs few: compiling all
took longer than reading it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, cast

METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
BETWEEN_WORDS = re.compile(r"[\s-]+")


def regex(source: str, flags: int = 0, *, needs: Iterable[str] = ()) -> re.Pattern[str]:
    """Return what re.compile returns, compiled at the first use.

    Where each match holds one of some phrases, in any case and spacing, those are what it `needs`:
    a text without their words has no match, and is not searched.

    >>> DIGITS = regex(r"[0-9]+")
    >>> DIGITS.search("a 12")[0], DIGITS.pattern
    ('12', '[0-9]+')
    >>> SIZES = regex(r"(?:batch size|lr) \\d", needs=["batch size", "lr"])
    >>> SIZES.search("An lr 2")[0], SIZES.findall("24")
    ('lr 2', [])
    """
    pattern = _Gated(source, flags, needs) if needs else _Pattern(source, flags)
    return cast("re.Pattern[str]", pattern)


class _Pattern:
    """Stands in for a pattern until it is used, then lends its methods."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        for method in METHODS:  # from now on found without coming here
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


class _Gated:
    """A pattern that looks at a text only if the text holds one of some words."""

    def __init__(self, source: str, flags: int, needs: Iterable[str]) -> None:
        self._source = source
        self._flags = flags
        self._needs = needs

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return rarest(self._needs)

    def _may(self, text: str) -> bool:
        text = text.lower()
        for word in self._words:  # noqa: SIM110 - half the time of any()
            if word in text:
                return True
        return False

    def search(self, text: str, *place: int) -> re.Match[str] | None:
        return self._compiled.search(text, *place) if self._may(text) else None

    def match(self, text: str, *place: int) -> re.Match[str] | None:
        return self._compiled.match(text, *place) if self._may(text) else None

    def fullmatch(self, text: str, *place: int) -> re.Match[str] | None:
        return self._compiled.fullmatch(text, *place) if self._may(text) else None

    def finditer(self, text: str, *place: int) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text, *place) if self._may(text) else iter(())

    def findall(self, text: str, *place: int) -> list[Any]:
        return self._compiled.findall(text, *place) if self._may(text) else []

    def sub(self, new: Any, text: str, count: int = 0) -> str:
        return self._compiled.sub(new, text, count) if self._may(text) else text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)


def rarest(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return words without which a text holds none of some phrases: of each its longest.

    >>> rarest(["learning rate", "peak learning-rate", "lr"])
    ('lr', 'learning')
    """
    longest = {max(BETWEEN_WORDS.split(phrase.lower()), key=len) for phrase in phrases}
    words: list[str] = []
    for word in sorted(longest, key=lambda word: (len(word), word)):
        if not any(shorter in word for shorter in words):
            words.append(word)
    return tuple(words)
