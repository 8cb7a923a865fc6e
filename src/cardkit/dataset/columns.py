"""Rows as Arrow columns and as Parquet: the home of pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from cardkit.dataset.rows import refusal
from cardkit.dataset.tables import TABLES, Column, Kind, Rows, Table

if TYPE_CHECKING:
    import pyarrow

Batch: TypeAlias = "pyarrow.RecordBatch"
ROW_GROUP = 8192
"""Rows of a group: few enough that a reader who wants one card skips most of a file."""
LEVEL = 6
"""Of zstd: 9 % smaller than 3 at no time that could be measured beside reading the cards."""
WIDEST = 1 << 63


def schema(table: Table) -> pyarrow.Schema:
    """Return the Arrow schema of a table; each field carries its description."""
    import pyarrow

    fields = [
        pyarrow.field(column.name, _type(column.kind), metadata={"description": column.text})
        for column in table.columns
    ]
    return pyarrow.schema(fields, metadata={"description": table.text, "key": " ".join(table.key)})


def batches(rows: Rows) -> dict[str, Batch]:
    """Return the rows of some cards as one batch for each table.

    What a column cannot hold, a number beyond 64 bits, is left out and becomes a problem.
    """
    import pyarrow

    made = {}
    rows = {name: rows.get(name, []) for name in TABLES}
    for name in [*(name for name in TABLES if name != "problems"), "problems"]:
        table = TABLES[name]
        wanted = schema(table)
        columns = list(zip(*rows[name], strict=True)) or [()] * len(table.columns)
        arrays = []
        for at, (column, field) in enumerate(zip(table.columns, wanted, strict=True)):
            try:
                array = pyarrow.array(columns[at], field.type)
            except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, OverflowError, UnicodeError):
                settled = _settled(columns[at], column, columns[0], rows["problems"])
                array = pyarrow.array(settled, field.type)
            arrays.append(array)
        made[name] = pyarrow.RecordBatch.from_arrays(arrays, schema=wanted)
    return made


def parquet(name: str, made: list[Batch]) -> bytes:
    """Return the Parquet file of a table's batches; the same rows give the same bytes."""
    import pyarrow
    import pyarrow.parquet

    wanted = schema(TABLES[name])
    table = pyarrow.Table.from_batches(made, schema=wanted).combine_chunks()
    out = pyarrow.BufferOutputStream()
    with pyarrow.parquet.ParquetWriter(
        out, wanted, compression="zstd", compression_level=LEVEL, write_page_index=True
    ) as writer:
        if table.num_rows:  # a group without rows is more than some readers can bear
            writer.write_table(table, row_group_size=ROW_GROUP)
    return bytes(out.getvalue())


def _type(kind: Kind) -> pyarrow.DataType:
    import pyarrow

    if isinstance(kind, tuple):
        fields = [pyarrow.field(column.name, _type(column.kind)) for column in kind]
        return pyarrow.list_(pyarrow.struct(fields))
    types: dict[str, pyarrow.DataType] = {
        "string": pyarrow.string(),
        "json": pyarrow.string(),
        "int64": pyarrow.int64(),
        "float64": pyarrow.float64(),
        "bool": pyarrow.bool_(),
        "strings": pyarrow.list_(pyarrow.string()),
    }
    return types[kind]


def _settled(
    values: tuple[Any, ...],
    column: Column,
    cards: tuple[Any, ...],
    problems: list[tuple[Any, ...]],
) -> list[Any]:
    """Return values that a column can hold; for each one that it cannot there is a problem."""
    settled = []
    for value, card in zip(values, cards, strict=True):
        kept = _fitting(value, column.kind)
        if kept is None and value is not None:
            number = sum(row[0] == card for row in problems)
            why = f"{column.name} is {value}, beyond 64 bits: its column is empty."
            problems.append(refusal(card, "limit-exceeded", why, number))
        settled.append(kept)
    return settled


def _fitting(value: Any, kind: Kind) -> Any:
    """Return a value as a column of a kind holds it; None where it is too large for one.

    A lone surrogate, which is no text, is written as JSON writes it.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, (list, tuple)):
        return [_fitting(each, kind) for each in value]
    if isinstance(value, dict):
        return {name: _fitting(each, kind) for name, each in value.items()}
    if kind == "int64" and isinstance(value, int):
        return value if -WIDEST <= value < WIDEST else None
    if kind == "float64" and isinstance(value, int):
        return float(value)
    return value
