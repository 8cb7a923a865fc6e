"""Rows of any query: as a table for a person, as CSV or JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from cardkit.shown.terminal import cells as cells_of
from cardkit.shown.terminal import clip, pad, visible

NOTHING = "-"
NARROW = 8
"""Columns that each column keeps, or as many as its name has."""


def as_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int = 100) -> str:
    """Return rows for a person: numbers to the right, long texts cut, a missing value as `-`.

    >>> print(as_table(["name", "size"], [["ant", 1200], ["bee", None]]))
    name   size
    ant   1,200
    bee       -
    """
    if not columns:
        return ""
    cells = [[_shown(value) for value in row] for row in rows]
    right = [
        any(_is_number(row[at]) for row in rows)
        and all(_is_number(row[at]) or row[at] is None for row in rows)
        for at in range(len(columns))
    ]
    table = [[visible(name) for name in columns], *cells]
    widths = [max(map(cells_of, column)) for column in zip(*table, strict=True)]
    least = [
        min(size, max(NARROW, cells_of(head))) for head, size in zip(table[0], widths, strict=True)
    ]
    while sum(widths) + 2 * (len(widths) - 1) > width and widths != least:
        spare = [size - few for size, few in zip(widths, least, strict=True)]
        widths[spare.index(max(spare))] -= 1  # who has most to spare gives way
    return "\n".join(
        "  ".join(
            pad(clip(cell, size), size, right=to_the_right)
            for cell, size, to_the_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    )


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int = 0) -> str:  # noqa: ARG001
    """Return rows as CSV; lists and structures as JSON in their cell, a missing value empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_written(value) for value in row])
    return out.getvalue().removesuffix("\n")


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int = 0) -> str:  # noqa: ARG001
    """Return rows as JSON: a list of objects."""
    objects = [dict(zip(columns, row, strict=True)) for row in rows]
    return json.dumps(objects, ensure_ascii=False, indent=2, default=_plain)


FORMATS: dict[str, Callable[..., str]] = {"table": as_table, "csv": as_csv, "json": as_json}


def _shown(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) >= 1e-4 or value == 0 else f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    return " ".join(visible(str(value)).split())


def _written(value: Any) -> Any:
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: a decimal number as such, the rest as text."""
    import decimal

    return float(value) if isinstance(value, decimal.Decimal) else str(value)
