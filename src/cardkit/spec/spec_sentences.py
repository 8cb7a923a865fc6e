"""Figures in sentences: "a 7B parameter model with a context of 4k"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from cardkit.facts import Fact, fact
from cardkit.patterns import rarest, regex
from cardkit.spec.spec_values import LIMITS
from cardkit.text import Line
from cardkit.values.quantity import Number, in_1024s, numbers
from cardkit.vocabulary.prose import any_of, number, phrases, stems_of

_OTHER_PARAMETERS = regex(
    r"embed|without|不含|嵌入|vision|visual|视觉|encoder|trainable|lora|adapter|draft|per expert|"
    r"每个专家|head",
    re.IGNORECASE,
)


class Said(NamedTuple):
    """A figure in a sentence."""

    field: str
    fact: Fact
    start: int
    """Where its number stands in the sentence."""


class _Words(NamedTuple):
    """The words of one field in a sentence."""

    behind: re.Pattern[str] | None
    before: re.Pattern[str] | None
    needs: re.Pattern[str] | None
    not_before: re.Pattern[str] | None
    least: float


@lru_cache(maxsize=1)
def wanted() -> re.Pattern[str]:
    """Return the pattern of a text that may state a figure: a digit and one of the words."""
    spoken = [phrases("spec", field, how) for field in phrases("spec") for how in _HOW]
    every = {phrase.split()[-1] for row in spoken for phrase in row}
    return stems_of(every)


_HOW = ("behind", "before")


@lru_cache(maxsize=1)
def _spoken() -> dict[str, _Words]:
    """Return the patterns of each field."""
    of, between = any_of(phrases("of")), any_of(phrases("between"))
    fields = {}
    for field in phrases("spec"):
        words = {key: phrases("spec", field, key) for key in phrases("spec", field)
                 if key != "least"}  # fmt: skip
        fields[field] = _Words(
            _pattern(words.get("behind"), rf"\+?[\s-]?(?:{between}[\s-]*){{0,3}}%s"),
            _pattern(words.get("before"), rf"%s(?:\s?[(（])?\s*(?:{of}\s*){{0,4}}$"),
            _pattern(words.get("needs"), stems=True),
            _pattern(words.get("not_before")),
            number("spec", field, "least"),
        )
    return fields


def _pattern(
    words: list[str] | None, around: str = "%s", *, stems: bool = False
) -> re.Pattern[str] | None:
    """Return the pattern of some words, with what stands around them, or None."""
    if not words:
        return None
    source = around.replace("%s", any_of(words, stems=stems))
    return regex(source, re.IGNORECASE, needs=words)


def said(sentence: Line) -> Iterator[Said]:
    """Yield the figures that a sentence states, of whatever model it speaks.

    >>> from cardkit.text import lines_of
    >>> line = lines_of("Ant is a 7B parameter model with a context length of 4k tokens.")[0]
    >>> [(each.field, each.fact.value) for each in said(line)]
    [('num_parameters', 7000000000), ('context_length', 4096)]
    """
    text = sentence.text
    lower = text.lower()
    fields = [field for field, words in _named() if any(word in lower for word in words)]
    for each in numbers(text) if fields else ():
        number = each
        before = text[max(0, number.start - 60) : number.start]
        after = text[number.end : number.end + 60]
        if number.range or number.unit == "%" or _LISTED.search(before) or _LISTS.match(after):
            continue
        field = _field(number, before, after, text, fields)
        if field is None:
            continue
        value = in_1024s(number) if field == "context_length" else number.value
        least, most = LIMITS[field]
        if max(least, _spoken()[field].least) <= value <= most and value == round(value):
            place = sentence[number.start : number.end]
            yield Said(field, fact(round(value), place, "sentence"), number.start)


_LISTED = regex(r"\d\s?(?:[KMBTkmbt亿万])?\s?层?(?:,|and|or|、|和|及|与|或者?)\s?$")

_LISTS = regex(
    r"\s?层?(?:,|and|or|、|和|及|与|或者?)\s?(?:and\s)?\d[\d.]*\s?[KMBT亿万](?![A-Za-z])"
)
"""Several figures in a row: "7B, 13B and 70B parameters" are none of one model."""

_ORDER = ("num_active_parameters", "context_length", "num_parameters", "training_tokens",
          "vocab_size", "num_hidden_layers", "hidden_size", "intermediate_size",
          "num_attention_heads")  # fmt: skip
"""The more exact words first: "active parameters" before "parameters"."""


@lru_cache(maxsize=1)
def _named() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the fields in their order, each with words without which no sentence names it."""
    every = ((field, (phrases("spec", field, how) for how in _HOW)) for field in _ORDER)
    return tuple((field, rarest(word for row in rows for word in row)) for field, rows in every)


def _field(number: Number, before: str, after: str, text: str, fields: Iterable[str]) -> str | None:
    """Return the field of some that the words around a number name."""
    for field in fields:
        spoken = _spoken()[field]
        behind = spoken.behind.match(after) if spoken.behind else None
        ahead = spoken.before.search(before) if spoken.before and not behind else None
        if behind:
            phrase, near = behind[0] + after[behind.end() :][:24], before[-16:]
        elif ahead:
            phrase, near = before[max(0, ahead.start() - 30) :], before[: ahead.start()][-30:]
        else:
            continue
        if spoken.needs and not spoken.needs.search(text):
            return None
        if spoken.not_before and spoken.not_before.search(near):
            return None
        if "parameters" in field:
            small = not number.scale and number.value < 1e6
            return None if small or _OTHER_PARAMETERS.search(phrase) else field
        return field
    return None
