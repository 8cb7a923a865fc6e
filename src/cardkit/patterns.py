"""Regular expressions that are compiled when they are first used.

Hundreds of them stand at the top of this project's files, and one card needs few: compiling all
took longer than reading it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, AnyStr, cast

METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
BETWEEN_WORDS = re.compile(r"[\s-]+")
WIDE = ((r"\u3400-\u9fff", r"\u3400"), (r"\uac00-\ud7a3", r"\uac00"), (r"\uac00-\ud7af", r"\uac00"))
"""Ranges of Chinese and Korean letters, each of which takes milliseconds to compile."""
WIDE_LETTER = re.compile("[\u3400-\ud7af]")


def regex(source: AnyStr, flags: int = 0, *, needs: Iterable[str] = ()) -> re.Pattern[AnyStr]:
    r"""Return what re.compile returns, compiled at the first use.

    Where each match holds one of some phrases, in any case and spacing, those are what it `needs`:
    a text without their words has no match, and is not searched.

    >>> DIGITS = regex(r"[0-9]+")
    >>> DIGITS.search("a 12")[0], DIGITS.pattern
    ('12', '[0-9]+')
    >>> SIZES = regex(r"(?:batch size|lr) \d", needs=["batch size", "lr"])
    >>> SIZES.search("An lr 2")[0], SIZES.findall("24")
    ('lr 2', [])
    """
    pattern: object
    if isinstance(source, bytes):
        pattern = _Pattern(source, flags)
    elif needs:
        pattern = _Needy(source, flags, needs)
    elif any(wide in source for wide, _ in WIDE):
        pattern = _Wide(source, flags)
    else:
        pattern = _Pattern(source, flags)
    return cast("re.Pattern[AnyStr]", pattern)


class _Pattern:
    """Stands in for a pattern until it is used, then lends its methods."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled: re.Pattern[Any] = re.compile(self._source, self._flags)
        for method in METHODS:  # from now on found without coming here
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


class _Choosy:
    """A pattern that looks at each text before it says what to search it with."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    def _for(self, text: str) -> re.Pattern[str] | None:
        """Return the pattern for a text; None when nothing can be found in it."""
        raise NotImplementedError

    def search(self, text: str, *place: int) -> re.Match[str] | None:
        found = self._for(text)
        return found.search(text, *place) if found else None

    def match(self, text: str, *place: int) -> re.Match[str] | None:
        found = self._for(text)
        return found.match(text, *place) if found else None

    def fullmatch(self, text: str, *place: int) -> re.Match[str] | None:
        found = self._for(text)
        return found.fullmatch(text, *place) if found else None

    def finditer(self, text: str, *place: int) -> Iterator[re.Match[str]]:
        found = self._for(text)
        return found.finditer(text, *place) if found else iter(())

    def findall(self, text: str, *place: int) -> list[Any]:
        found = self._for(text)
        return found.findall(text, *place) if found else []

    def sub(self, new: Any, text: str, count: int = 0) -> str:
        found = self._for(text)
        return found.sub(new, text, count) if found else text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)


class _Needy(_Choosy):
    """A pattern for texts that hold one of some words."""

    def __init__(self, source: str, flags: int, needs: Iterable[str]) -> None:
        super().__init__(source, flags)
        self._needs = needs

    def search(self, text: str, *place: int) -> re.Match[str] | None:
        low = text.lower()
        for word in self._words:
            if word in low:
                return self._compiled.search(text, *place)
        return None

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return rarest(self._needs)

    def _for(self, text: str) -> re.Pattern[str] | None:
        text = text.lower()
        for word in self._words:
            if word in text:
                return self._compiled
        return None


class _Wide(_Choosy):
    """A pattern that knows many letters; for a text without any of them it does without."""

    def search(self, text: str, *place: int) -> re.Match[str] | None:
        if text.isascii():
            return self._narrow.search(text, *place)
        return self._for(text).search(text, *place)

    def match(self, text: str, *place: int) -> re.Match[str] | None:
        if text.isascii():
            return self._narrow.match(text, *place)
        return self._for(text).match(text, *place)

    @cached_property
    def _narrow(self) -> re.Pattern[str]:
        source = self._source
        for wide, one in WIDE:
            source = source.replace(wide, one)
        return re.compile(source, self._flags)

    def _for(self, text: str) -> re.Pattern[str]:
        if text.isascii() or not WIDE_LETTER.search(text):
            return self._narrow
        return self._compiled


def rarest(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return words without which a text holds none of some phrases: of each its longest.

    >>> rarest(["learning rate", "peak learning-rate", "lr"])
    ('lr', 'learning')
    """
    return shortest(max(BETWEEN_WORDS.split(phrase.lower()), key=len) for phrase in phrases)


def shortest(words: Iterable[str]) -> tuple[str, ...]:
    """Return those of some words, in lower case, that hold no other one.

    >>> shortest(["trained", "Train", "lr"])
    ('lr', 'train')
    """
    found: list[str] = []
    for word in sorted({word.lower() for word in words}, key=lambda word: (len(word), word)):
        if not any(shorter in word for shorter in found):
            found.append(word)
    return tuple(found)
