"""Entries as a person sees them: one whole, or all in a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cardkit.entries import sizes
from cardkit.entries.entry import Entry
from cardkit.entries.origins import Valued, leaves
from cardkit.shown.terminal import Paint, cells, clip, pad, plain, visible, wrap

COLUMNS = ("name", "size", "licence", "context", "languages", "prompt", "verified")


def shown(entry: Entry, card: str | None, width: int = 100, paint: Paint = plain) -> str:
    """Return an entry with the origin of every value; `card` is the text of its card."""
    lines = [paint(entry.name, "title")]
    section = ""
    for path, leaf in leaves(entry):
        head, _, name = path.partition(".")
        if head != section:
            section = head
            lines += ["", paint(head.capitalize(), "head")]
        lines += _leaf(name, leaf, card, width, paint)
    return "\n".join(lines)


def _leaf(
    name: str, leaf: Valued[Any], card: str | None, width: int, paint: Paint
) -> Iterator[str]:
    label = pad(f"  {name}", 26)
    value = _value(leaf.value)
    origin = _origin(leaf, card)
    if "\n" in value:
        yield paint(label, "label") + paint(origin, "label")
        yield from (f"  │ {visible(line)}" for line in value.split("\n"))
        return
    first, *rest = wrap(visible(value), max(20, width - cells(label)))
    short = not rest and cells(label) + cells(first) + cells(origin) + 3 <= width
    yield paint(label, "label") + first + (paint(f"   {origin}", "label") if short else "")
    yield from (" " * 26 + line for line in rest)
    if not short:
        for line in wrap(origin, width - 28):
            yield " " * 28 + paint(line, "label")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value > 9999:
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _origin(leaf: Valued[Any], card: str | None) -> str:
    """Return where a value comes from, a card's words as its line and column."""
    if leaf.span:
        if card is None:
            return f"card {leaf.card}"
        line = card.count("\n", 0, leaf.span[0]) + 1
        words = f" {leaf.text!r}" if leaf.text and "\n" not in leaf.text else ""
        return f"card line {line}{words}"
    if leaf.decided:
        over = f" (over the card's {leaf.over!r})" if leaf.over is not None else ""
        return f"decided{over}: {leaf.decided}"
    return f"hub: {leaf.hub}" if leaf.hub else f"from {leaf.derived}"


def row(entry: Entry, verified: Sequence[str]) -> dict[str, Any]:
    """Return an entry as a row of the table of all: numbers as numbers, None for unknown."""
    spec, about = entry.spec, entry.about
    return {
        "name": entry.name,
        "size": _size(entry),
        "licence": about.license and about.license.value,
        "context": spec.context_length and spec.context_length.value,
        "languages": [leaf.value for leaf in about.languages],
        "prompt": _prompt(entry),
        "verified": list(verified),
    }


def _size(entry: Entry) -> int | None:
    """Return how many parameters a model has, as its spec or its architecture's formula says."""
    if entry.spec.num_parameters:
        return entry.spec.num_parameters.value
    counted = sizes.count(entry)
    return counted.parameters if counted else None


def _prompt(entry: Entry) -> str | None:
    if entry.prompt.chat_template:
        return "chat"
    return "plain" if entry.prompt.format else None


def rows_as_text(rows: Sequence[Mapping[str, Any]], paint: Paint = plain) -> str:
    """Return the table of all entries."""
    told = [
        [
            str(row["name"]),
            size(row["size"]),
            f"{row['context']:,}" if row["context"] else "-",
            str(row["licence"] or "-"),
            clip(" ".join(row["languages"]) or "-", 24),
            str(row["prompt"] or "-"),
            " ".join(row["verified"]) or "-",
        ]
        for row in rows
    ]
    head = ["name", "size", "context", "licence", "languages", "prompt", "verified"]
    lines = _aligned([head, *told])
    return "\n".join([paint(lines[0], "head"), *lines[1:]])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    numbers = (1, 2)
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            pad(text, width, right=i in numbers)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def size(count: int | None) -> str:
    """Return a number of parameters in short.

    >>> size(6_900_000_000), size(178_000_000), size(None)
    ('6.9B', '178M', '-')
    """
    if count is None:
        return "-"
    for unit, letter in ((10**9, "B"), (10**6, "M")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + letter
    return str(count)


def rows_as_json(rows: Sequence[Mapping[str, Any]], paint: Paint = plain) -> str:  # noqa: ARG001
    """Return the rows as JSON."""
    return json.dumps(list(rows), ensure_ascii=False, indent=2)


def rows_as_csv(rows: Sequence[Mapping[str, Any]], paint: Paint = plain) -> str:  # noqa: ARG001
    """Return the rows as CSV (RFC 4180); languages and devices are joined by blanks."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in rows:
        writer.writerow(
            " ".join(value) if isinstance(value := each[name], list) else value for name in COLUMNS
        )
    return out.getvalue().rstrip("\n")


FORMATS: dict[str, Callable[..., str]] = {
    "text": rows_as_text,
    "json": rows_as_json,
    "csv": rows_as_csv,
}


def sort_key(column: str) -> Callable[[Mapping[str, Any]], tuple[bool, Any]]:
    """Return what rows are sorted by; unknown values stand at the end."""

    def key(each: Mapping[str, Any]) -> tuple[bool, Any]:
        value = each[column]
        known = value not in (None, [])
        return not known, value if known else 0

    return key
