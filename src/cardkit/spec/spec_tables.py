"""Tables of figures: sizes and shapes of one or several models."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cardkit.blocks import Table
from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.prose.links import plain
from cardkit.spec.spec_values import field_of, is_weak, read_value
from cardkit.text import Line
from cardkit.values.quantity import numbers
from cardkit.vocabulary import fold
from cardkit.vocabulary.prose import phrases

_LETTER = regex(r"[^\W\d_]")

_DECIMAL = regex(r"\s*[-+]?\d{1,3}\.\d+\s*%?\s*$|\s*\d{1,3}\s?%\s*$")


class SpecRow(NamedTuple):
    """What a table says of one model."""

    name: Line | None
    """The model as printed, without markup; None when the table is about one model only."""
    cell: Line | None
    """The cell that the name stands in, markup included."""
    facts: dict[str, Fact]
    size: Line | None = None
    """The size as printed, which tells rows of one name apart."""
    unread: tuple[tuple[Line, str], ...] = ()
    """Cells that could not be read, and why."""


class SpecTable(NamedTuple):
    """A table some of whose columns (or rows) are figures of models."""

    rows: tuple[SpecRow, ...]
    fields: frozenset[str]
    scored: bool
    """Whether it holds other numbers too: a benchmark table with a column of sizes."""
    weak: bool
    """Whether its heads alone do not tell that it is about models: "Size", "Sequence length"."""
    table: Table


@kept
def spec_table(table: Table) -> SpecTable | None:
    """Return a table as figures of models, or None when no head of it names a figure."""
    if not table.rows or len(table.rows) < 2:
        return None
    across, row = _across(table)
    down = [_field_of(row[0]) if row else None for row in table.rows]
    rows = {i: field for i, field in enumerate(down) if field}
    if len(rows) >= 2 and len(rows) >= len(across):
        return _by_rows(table, rows)
    if across:
        return _by_columns(table, across, row)
    return None


def _field_of(cell: Line | None) -> str | None:
    """Return the field that a cell names; mathematics is no markup."""
    if cell is None or not cell.text:
        return None
    text = cell.text.strip()
    shown = _plain(cell).text
    return field_of(shown) or (field_of(text) if "\\(" in text or "$" in text else None)


def _across(table: Table) -> tuple[dict[int, str], int]:
    """Return the columns whose head names a figure, and the row of those heads."""
    best: tuple[dict[int, str], int] = ({}, 0)
    for i in range(max(1, min(table.heads, 3))):
        cells = table.rows[i]
        found: dict[int, str] = {}
        for j, cell in enumerate(cells):
            field = _field_of(cell)
            if field and field not in found.values():
                found[j] = field
        if len(found) > len(best[0]):
            best = found, i
    return best


def _by_columns(table: Table, fields: dict[int, str], head: int) -> SpecTable:
    """Return a table with one model in each row."""
    body = table.rows[max(head + 1, table.heads) :]
    names = _name_column(body, fields)
    if names in fields:
        fields = {j: field for j, field in fields.items() if j != names}
    rows: list[SpecRow] = []
    for cells in body:
        facts: dict[str, Fact] = {}
        unread: list[tuple[Line, str]] = []
        for j, field in fields.items():
            cell = cells[j]
            if cell is not None and cell.text.strip():
                _add(facts, unread, field, cell, table.rows[head][j])
        cell = cells[names] if names is not None else None
        if rows and names is not None and (cell is None or not cell.text.strip()):
            cell = rows[-1].cell  # a name that stands only in the first of its rows
        size = next((cells[j] for j, field in fields.items() if field == "num_parameters"), None)
        rows.append(
            SpecRow(_plain(cell) if cell else None, cell, facts, _first(size), tuple(unread))
        )
    rest = [j for j in range(len(table.rows[0])) if j not in fields and j != names]
    weak = len(fields) < 2 and all(is_weak(_plain(table.rows[head][j]).text) for j in fields)
    return SpecTable(tuple(rows), frozenset(fields.values()), _scored(body, rest), weak, table)


def _first(cell: Line | None) -> Line | None:
    """Return the first number of a cell as printed."""
    text = _plain(cell)
    number = next(numbers(text.text), None)
    return text[number.start : number.end] if number else None


def _name_column(body: tuple[tuple[Line | None, ...], ...], fields: dict[int, str]) -> int | None:
    """Return the column that names the models; under a head such as Size it may be a figure's."""
    for j in range(len(body[0]) if body else 0):
        cells = [_plain(row[j]).text for row in body if row[j] is not None]
        named = [text for text in cells if _LETTER.match(text.lstrip("(")) and len(text) <= 120]
        if named and (j not in fields or (len(named) == len(cells) and fields[j] != "dtype")):
            return j
    return None


def _by_rows(table: Table, fields: dict[int, str]) -> SpecTable:
    """Return a table with one model in each column but the first."""
    width = len(table.rows[0])
    rows = []
    for j in range(1, width):
        facts: dict[str, Fact] = {}
        unread: list[tuple[Line, str]] = []
        for i, field in fields.items():
            cell = table.rows[i][j]
            if cell is not None and cell.text.strip():
                _add(facts, unread, field, cell, table.rows[i][0])
        head = table.rows[0][j] if 0 not in fields else None
        named = head is not None and not is_generic(head.text)
        rows.append(
            SpecRow(_plain(head) if head and named else None, head, facts, unread=tuple(unread))
        )
    weak = all(is_weak(_plain(table.rows[i][0]).text) for i in fields)
    return SpecTable(tuple(rows), frozenset(fields.values()), False, weak, table)


def is_generic(head: str) -> bool:
    """Return whether a head only says that values stand below it.

    >>> is_generic("**Value**"), is_generic("Ant 1B")
    (True, False)
    """
    return fold(head) in _generic()


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    return frozenset(["", *map(fold, phrases("generic_heads"))])


def _add(
    facts: dict[str, Fact],
    unread: list[tuple[Line, str]],
    field: str,
    cell: Line,
    head: Line | None,
) -> None:
    """Read a cell into the facts of its model."""
    label = head.text if head is not None else ""
    try:
        found = read_value(field, _plain(cell), head=label, rule="spec table")
    except UnreadableValueError as error:
        if any(True for _ in numbers(cell.text)):
            unread.append((cell, error.problem))
        return
    for name, value in found.items():
        facts.setdefault(name, value)


def _scored(body: tuple[tuple[Line | None, ...], ...], columns: list[int]) -> bool:
    """Return whether a column holds decimals or shares: scores, most likely."""
    for j in columns:
        cells = [_plain(row[j]).text for row in body if row[j] is not None and row[j]]
        if cells and sum(bool(_DECIMAL.match(text)) for text in cells) * 2 >= len(cells):
            return True
    return False


def _plain(cell: Line | None) -> Line:
    return plain(cell) if cell is not None else Line("", ())
