"""What a benchmark's head says of one run: how many shots, which method, which split."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import fold, load, spread

VERSION_OR_LENGTH = regex(
    r"%|↑|↓|v?\d[\d.\-/~: ]*|out of \d+|(?:\d+k? )?\d+ ?k(?: (?:average|avg))?"
    r"|(?:scored?|scale) (?:of |from )?\d+ (?:to )?\d+|"
)
"""A fold has no dashes: "Score 1-10" is "score 1 10"."""


@lru_cache(maxsize=1)
def _rows() -> dict[str, Any]:
    return load("runs.yaml")  # type: ignore[no-any-return]


class _Shots(NamedTuple):
    """Patterns of how many examples a prompt held."""

    mixed: re.Pattern[str]
    one: re.Pattern[str]
    some: re.Pattern[str]


@lru_cache(maxsize=1)
def _patterns_of_shots() -> _Shots:
    words = _rows()["shots"]
    number = rf"(?:\d{{1,3}}|{'|'.join(words['numbers'])})"
    units = "|".join(word + r"\b" * word.isascii() for word in spread(words["unit"]))
    shot = rf"[- ]?(?:{units})"
    some, phrases = ("|".join(spread(words[key])) for key in ("some", "some_shots"))
    return _Shots(
        re.compile(rf"(?<!\w){number}(?:{shot})?\s*(?:[-/~,&]|to|or)\s*{number}{shot}", re.I),
        re.compile(
            rf"(?<![\w.])({number}){shot}|(?<=[(\[ ])(\d{{1,2}})-?s(?=[)\], ])"
            r"|\bn ?= ?(\d{1,2})\b",
            re.I,
        ),
        re.compile(rf"\b(?:{some}){shot}|{phrases}", re.I),
    )


def shots(text: str) -> tuple[str, int | None]:
    """Take the shots out of a text; their number is None for none and for several.

    >>> shots("MMLU (5-shot)"), shots("MMLU 3/0-shot")[1]
    (('MMLU ( )', 5), None)
    """
    patterns = _patterns_of_shots()
    rest, mixed = patterns.mixed.subn(" ", text)
    found = {_number(match[1] or match[2] or match[3]) for match in patterns.one.finditer(rest)}
    rest = patterns.some.sub(" ", patterns.one.sub(" ", rest))
    return rest, found.pop() if len(found) == 1 and not mixed else None


def _number(written: str) -> int:
    return int(_rows()["shots"]["numbers"].get(written.casefold(), written))


@lru_cache(maxsize=1)
def _method_patterns() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile("|".join(map(_as_word, spread(row))))
        for name, row in _rows()["methods"].items()
    }


def _as_word(name: str) -> str:
    """Return a pattern of a name as a whole word; one in small letters counts in any case."""
    if not name.isascii():
        return re.escape(name)
    return rf"(?i:\b(?:w/ ?|with )?{name}\b)" if name.islower() else rf"\b{name}\b"


def method(text: str) -> tuple[str, str | None]:
    """Take the method out of a text.

    >>> method("GSM8K CoT"), method("GSM8K")
    (('GSM8K  ', 'cot'), ('GSM8K', None))
    """
    for name, pattern in _method_patterns().items():
        rest, count = pattern.subn(" ", text)
        if count:
            return rest, name
    return text, None


@lru_cache(maxsize=1)
def splits() -> dict[str, str]:
    """Return each folded word for a split with the split's name."""
    return {name: split for split, row in _rows()["splits"].items() for name in spread(row)}


@lru_cache(maxsize=1)
def _notes() -> frozenset[str]:
    return frozenset(map(fold, spread(_rows()["notes"])))


def tells_nothing(note: str) -> bool:
    """Return whether a note tells two runs apart, but no two benchmarks."""
    return note in _notes() or bool(VERSION_OR_LENGTH.fullmatch(note))
