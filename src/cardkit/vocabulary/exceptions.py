"""What exceptions that end an example mean: a closed list of classes and messages."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.vocabulary import load
from cardkit.vocabulary.causes import causes


class Known(NamedTuple):
    """One row: an exception that is known, and what it means."""

    type: re.Pattern[str]
    message: re.Pattern[str]
    code: str
    """Of `codes.yaml`."""
    cause: str
    """With the names of the message's groups in braces."""
    source: str
    todo: str = ""
    """Empty: the code's own."""
    behind: re.Pattern[str] | None = None
    """What the error that it came from must be, as `Type: message`."""


class Meaning(NamedTuple):
    """What an exception means."""

    code: str
    cause: str
    todo: str
    """Empty: the code's own."""


@cache
def known() -> tuple[Known, ...]:
    """Return all rows in their order; the messages of devices come first."""
    devices = (
        Known(
            regex(".*"), regex(row.message, re.IGNORECASE), row.code, row.cause, row.source,
            row.todo.replace("{", "{{").replace("}", "}}"),
        )
        for row in causes()
    )  # fmt: skip
    return (*devices, *(_row(row) for row in load("exceptions.yaml")))


def meaning(type_: str, message: str, behind: str = "") -> Meaning | None:
    """Return what an exception means, by its class without the module; None where none knows it.

    >>> meaning("KeyError", "'The task summarization has been removed from transformers.'").cause
    'transformers 5 has no pipeline for summarization any more'
    >>> meaning("ValueError", "too many values to unpack (expected 2)")
    """
    for row in known():
        if row.behind is not None and not row.behind.search(behind):
            continue
        if row.type.fullmatch(type_) and (found := row.message.search(message)):
            words = {name: text or "" for name, text in found.groupdict().items()}
            return Meaning(row.code, row.cause.format(**words), row.todo.format(**words))
    return None


def _row(row: dict[str, str]) -> Known:
    behind = row.get("behind")
    return Known(
        regex(row["type"]),
        regex(row["message"], re.IGNORECASE | re.DOTALL),
        row["code"],
        row["cause"],
        row["source"],
        row.get("todo", ""),
        regex(behind, re.IGNORECASE) if behind else None,
    )
