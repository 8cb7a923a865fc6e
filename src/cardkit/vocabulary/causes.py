"""What the messages of torch, drivers and CANN mean, as a cause and a next step."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from cardkit.vocabulary import load


class Cause(NamedTuple):
    """What a message means."""

    message: str
    """A pattern, matched in any case anywhere in an error or in those that it came from."""
    state: Any
    """`note`: something optional is missing. `problem`: what is installed is broken."""
    code: str
    """Of `codes.yaml`, where it ends an example."""
    cause: str
    todo: str
    source: str
    """Where the message is from."""


@cache
def phrases() -> dict[str, str]:
    """Return the steps that several causes share, by their names."""
    return dict(load("causes.yaml")["phrases"])


@cache
def causes() -> tuple[Cause, ...]:
    """Return the whole list, the narrow before the wide."""
    rows = load("causes.yaml")["causes"]
    return tuple(Cause(**row | {"todo": row["todo"].format(**phrases())}) for row in rows)
