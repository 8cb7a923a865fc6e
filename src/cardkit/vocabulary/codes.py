"""The codes of a verification's findings: a closed list, each with its next step."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from cardkit.tables import pick
from cardkit.vocabulary import load


class Code(NamedTuple):
    """One code."""

    severity: str
    """`fail`, `blocked` or `warning`, where a check says nothing else."""
    todo: str


@cache
def codes() -> dict[str, Code]:
    """Return the whole list, in its order."""
    return {name: Code(row["is"], row["todo"]) for name, row in load("codes.yaml").items()}


def code(name: str) -> Code:
    """Return one code.

    Raises UnknownNameError: the list is closed.

    >>> code("run.timeout").severity
    'blocked'
    """
    return pick(codes(), name, "code")
