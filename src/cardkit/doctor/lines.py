"""What a probe says: lines."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal["ok", "note", "problem"]
"""note: something optional is missing. problem: something that is installed is broken."""


class Line(NamedTuple):
    """One thing about this machine, and what to do when it is not well."""

    name: str
    state: State
    said: str
    todo: str = ""


def gigabytes(size: float) -> str:
    """Return a number of bytes in words.

    >>> gigabytes(80_000_000_000), gigabytes(2_345_678_901), gigabytes(0)
    ('80 GB', '2.3 GB', '0 GB')
    """
    return f"{size / 1e9:.1f}".removesuffix(".0") + " GB"
