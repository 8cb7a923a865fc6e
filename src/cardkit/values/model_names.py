"""Sizes in the names of models: "Tulu 2 13B", "bloom-7b1", "xls-r-300m"."""

from __future__ import annotations

import re
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.values.quantity import SCALE

_SIZE = regex(
    r"""
    (?<![A-Za-z0-9.])                              # E2B, 8x7B, v1.5b: other things
    (?P<active>[Aa])?
    (?:
        (?P<whole>\d{1,4})(?P<letter>[bB])(?P<part>\d{1,2})   # 7b1 is 7.1B
      | (?P<digits>\d{1,4}(?:\.\d{1,3})?)(?:\s?(?P<sign>亿|億|억)|(?P<scale>[bBmM])|\s(?P<word>B|M))
    )
    (?![A-Za-z0-9]|[_\s-]?(?:[Tt]oken|[Ss]tep|[Ss]ample|[Pp]air|[Ss]entence))
    """,
    re.VERBOSE,
)
_EXPERTS = regex(r"(?<![A-Za-z0-9.])\d{1,3}\s?[xX×]\s?\d{1,4}(?:\.\d{1,3})?[bB](?![A-Za-z])")
_TWO_WAYS = regex(r"(?<=[-A-Za-z0-9])\d_\d{1,2}[bB](?![A-Za-z0-9])")


def sizes_in(text: str) -> set[int]:
    """Return all sizes that the names in a text state.

    >>> sorted(sizes_in("Ant-300M/600M"))
    [300000000, 600000000]
    """
    return {_value(match) for match in _SIZE.finditer(text) if not match["active"]}


class NameSize(NamedTuple):
    """A size in a name and where it stands there."""

    value: int
    start: int
    end: int


def size_in_name(name: str) -> NameSize | None:
    """Return the parameters that a model's name states; None for none, two, or experts.

    >>> size_in_name("Tulu 2 13B")
    NameSize(value=13000000000, start=7, end=10)
    >>> [size.value for size in map(size_in_name, ("bloom-7b1", "xls-r-300m")) if size]
    [7100000000, 300000000]
    >>> size_in_name("Mixtral-8x7B"), size_in_name("Ant-v2-4bit"), size_in_name("Ant-A14B")
    (None, None, None)
    """
    if _EXPERTS.search(name) or _TWO_WAYS.search(name):
        return None
    return _only([match for match in _SIZE.finditer(name) if not match["active"]])


def active_in_name(name: str) -> NameSize | None:
    """Return the parameters per token that a name states with an A: "Ant-30B-A3B".

    >>> active_in_name("Ant-30B-A3B")
    NameSize(value=3000000000, start=8, end=11)
    """
    return _only([match for match in _SIZE.finditer(name) if match["active"]])


def _only(matches: list[re.Match[str]]) -> NameSize | None:
    """Return the size that all matches state."""
    sizes = {_value(match) for match in matches}
    if len(sizes) != 1:
        return None
    return NameSize(sizes.pop(), *matches[0].span())


def _value(match: re.Match[str]) -> int:
    """Return the plain number of a size."""
    if match["whole"]:
        return round(float(f"{match['whole']}.{match['part']}") * SCALE[match["letter"].lower()])
    scale = match["sign"] or match["scale"] or match["word"]
    return round(float(match["digits"]) * SCALE[scale.lower()])
