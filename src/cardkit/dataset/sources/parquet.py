"""A Parquet file with a column of cards: the shape of public dumps of hub cards."""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.dataset.extra import need
from cardkit.dataset.sources.source import (
    Found,
    Source,
    chosen,
    digest_of,
    opened,
    row_card,
    size_of,
)
from cardkit.errors import CardkitError

ROWS = 256
"""Rows that are held at a time."""


def is_one(path: str) -> bool:
    """Return whether its name says so."""
    return path.lower().endswith((".parquet", ".pq"))


def size(source: Source) -> int:
    """Return the bytes of the file."""
    return size_of(source.path)


def digest(source: Source) -> str | None:
    """Return a digest of the file."""
    return digest_of(source.path, source.choice)


def cards(source: Source) -> Iterator[Found]:
    """Yield a card for each row; only the two columns are read.

    Raises CardkitError if it is no Parquet file.
    """
    need("pyarrow")
    import pyarrow
    import pyarrow.parquet

    with opened(source.path) as file:
        try:
            table = pyarrow.parquet.ParquetFile(file)
            columns = chosen(source, table.schema_arrow.names)
            wanted = [name for name in columns if name is not None]
            row = 0
            for batch in table.iter_batches(ROWS, columns=wanted):
                found = batch.column(columns.card).to_pylist()
                ids = batch.column(columns.id).to_pylist() if columns.id else [None] * len(found)
                for given_id, card in zip(ids, found, strict=True):
                    card_of = row_card(source, row, given_id, card)
                    row += 1
                    yield Found(card_of, row / table.metadata.num_rows, row - 1)
        except pyarrow.ArrowInvalid as error:
            raise CardkitError(
                f"it is no whole Parquet file: {error}",
                where=source.path,
                todo="get the file again; then run the same command again",
            ) from error
