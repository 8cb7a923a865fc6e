"""What readers find: values that remember the words they came from, and the honest remainder."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from cardkit.text import Line, Span

SCHEMA_VERSION: Literal["1"] = "1"
"""Version of the record's shape."""


class Fact(NamedTuple):
    """A value, the words it was read from, where they stand, and the rule that read them."""

    value: Any
    written: str
    where: Span
    rule: str


class Problem(NamedTuple):
    """Something wrong with the card, and what to do about it."""

    code: str
    severity: str
    """`error`, `warning` or `note`."""
    message: str
    """One sentence that says what is wrong, one that says what to do."""
    where: Span


class Unread(NamedTuple):
    """A piece that looked like a fact and could not be read with certainty."""

    text: str
    where: Span
    because: str


class PageWord(NamedTuple):
    """What the page around a card says of the card."""

    says: str
    """`model_id`, `hub`, `license`, `tag`, `homepage`, `bytes`, `lines`."""
    line: Line


class Found(NamedTuple):
    """What one reader found in one card.

    `value` is a draft of a part of the record: dicts and lists, shaped as RECORD.md says, whose
    leaves are plain values or a Fact. Where a Fact stands, the record gets its value, and the
    evidence gets its place. A dict may hold the key "@" with a Fact: the evidence of the whole
    object.
    """

    value: Any = None
    problems: tuple[Problem, ...] = ()
    unread: tuple[Unread, ...] = ()


def fact(value: object, line: Line, rule: str) -> Fact:
    """Return a fact that a whole line (or a cut of one) states."""
    return Fact(value, line.text, line.span(), rule)


def bare(draft: Any) -> Any:
    """Return a draft without its evidence: each Fact becomes its value.

    >>> bare({"a": [Fact(1, "one", Span(0, 3), "r")]})
    {'a': [1]}
    """
    if isinstance(draft, Fact):
        return draft.value
    if isinstance(draft, dict):
        return {key: bare(value) for key, value in draft.items() if key != "@"}
    if isinstance(draft, list):
        return [bare(value) for value in draft]
    return draft
