"""Look-ups by name, so that every unknown name reads alike."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

from cardkit.errors import UnknownNameError

Row = TypeVar("Row")


def nearest(table: Mapping[str, Row], name: str) -> list[str]:
    """Return up to three names of a table that a name may be a slip of, in the table's order."""
    near = get_close_matches(name, table, n=3, cutoff=0.5)
    return sorted(near, key=list(table).index)


def pick(table: Mapping[str, Row], name: str, kind: str) -> Row:
    """Return the row of a table.

    Raises UnknownNameError, with the nearest names, if there is none.

    >>> pick({"cpu": 1, "npu": 2}, "gpu", "device")
    Traceback (most recent call last):
    ...
    cardkit.errors.UnknownNameError: no device 'gpu'
      → did you mean cpu or npu?
    """
    if name in table:
        return table[name]
    near = nearest(table, name)
    todo = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(table)}"
    raise UnknownNameError(f"no {kind} {name!r}", todo=todo)
