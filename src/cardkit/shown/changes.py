"""Changes between two cards or entries, one field a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cardkit.entries.diffs import Change
from cardkit.shown.terminal import Paint, plain, visible


def as_text(changes: Sequence[Change], paint: Paint = plain) -> str:
    """Return changes for a person: `-` for what is gone, `+` for what is new.

    >>> print(as_text([Change("spec.hidden_size", 2048, 4096), Change("names.title", None, "Ant")]))
    spec.hidden_size
      - 2048
      + 4096
    names.title
      + Ant
    2 fields differ
    """
    lines = []
    for change in changes:
        lines.append(paint(visible(change.field), "label"))
        if isinstance(change.old, list) and isinstance(change.new, list):
            lines += [
                paint(f"  - {visible(_text(each))}", "removed")
                for each in change.old
                if each not in change.new
            ]
            lines += [
                paint(f"  + {visible(_text(each))}", "added")
                for each in change.new
                if each not in change.old
            ]
            continue
        for value, sign, style in ((change.old, "-", "removed"), (change.new, "+", "added")):
            if value is not None:
                lines += [
                    paint(f"  {sign} {visible(line)}", style) for line in _text(value).split("\n")
                ]
    count = f"{len(changes)} field{'s differ' if len(changes) != 1 else ' differs'}"
    return "\n".join([*lines, count if changes else "no field differs"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
