"""The figures of a data set for a person: counts, and bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cardkit.shown.terminal import cells, pad, visible

MOST = 30
"""Rows of a list; how many more there are is said."""
BAR = 30
"""Columns of the longest bar."""


def as_text(stats: Mapping[str, Any], width: int = 100) -> str:  # noqa: ARG001
    """Return the figures."""
    models = stats["rows"]["models"]
    licences = {name or "none stated": count for name, count in stats["licences"].items()}
    parts = [
        f"{models:,} models · {stats['unreadable']:,} cards could not be read · "
        f"{stats['repeated']:,} repeat the bytes of another card",
        _part("Sources", stats["sources"], models),
        _part("Rows", stats["rows"]),
        _part("Models that have a value", stats["coverage"], models),
        _part("Licences", licences, models),
        _part("Forms of cards", stats["forms"], models),
        _part("Problems", stats["problems"]),
        _part("Cards that were repaired", stats["repairs"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _part(title: str, counts: Mapping[str, int], of: int = 0) -> str:
    """Return a list of counts; with their share and a bar where they are parts of a whole.

    >>> print(_part("Licences", {"mit": 3, "other": 1}, 4))
    Licences
      mit    3   75%  ██████████████████████▌
      other  1   25%  ███████▌
    """
    if not counts:
        return ""
    shown = list(counts.items())[:MOST]
    names = [visible(name) for name, _ in shown]
    wide, long = max(map(cells, names)), max(len(f"{count:,}") for _, count in shown)
    lines = [title]
    for name, (_, count) in zip(names, shown, strict=True):
        line = f"  {pad(name, wide)}  {count:>{long},}"
        if of:
            line += f"  {count / of:>4.0%}  {_bar(count / of)}"
        lines.append(line.rstrip())
    if len(counts) > MOST:
        lines.append(f"  and {len(counts) - MOST} more")
    return "\n".join(lines)


def _bar(share: float) -> str:
    """Return a bar, as exact as half a column."""
    halves = round(2 * BAR * share)
    return "█" * (halves // 2) + "▌" * (halves % 2)
