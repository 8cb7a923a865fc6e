"""JSON lines, plain or compressed: one object a line, with a card and, where it has one, an id."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from typing import IO

from cardkit import inputs
from cardkit.dataset.extra import need
from cardkit.dataset.rows import Card
from cardkit.dataset.sources.source import (
    Choice,
    Found,
    Source,
    chosen,
    digest_of,
    opened,
    refused,
    row_card,
    size_of,
)

ENDINGS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst")
LONGEST = 8 * inputs.LIMIT
"""Bytes of a line: a card of the largest size, each byte of it escaped."""


def is_one(path: str) -> bool:
    """Return whether its name says so."""
    return path.lower().endswith(ENDINGS)


def size(source: Source) -> int:
    """Return the bytes of the file."""
    return size_of(source.path)


def digest(source: Source) -> str | None:
    """Return a digest of the file."""
    return digest_of(source.path, source.choice)


def cards(source: Source) -> Iterator[Found]:
    """Yield a card for each line; a line that holds none is refused, not skipped."""
    total = max(1, size(source))
    columns: Choice | None = None
    with opened(source.path) as file, _plain(source.path, file) as lines:
        row = -1
        while line := lines.readline(LONGEST):
            if not line.strip():
                continue
            row += 1
            if columns is None:
                columns = _first(source, line)
            card = _card(source, row, line, columns)
            while not line.endswith(b"\n") and (line := lines.readline(LONGEST)):
                card = refused(source, row, "Its line is longer than any card may be.")
            yield Found(card, min(1.0, file.tell() / total), row)


def _first(source: Source, line: bytes) -> Choice | None:
    """Return the columns that the first object tells; None where the line holds no object."""
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return chosen(source, list(first)) if isinstance(first, dict) else None


def _card(source: Source, row: int, line: bytes, columns: Choice | None) -> Card:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return refused(source, row, f"Its line is not JSON: {error}.")
    if not isinstance(fields, dict) or columns is None or columns.card is None:
        return refused(source, row, "Its line is no JSON object.")
    given_id = fields.get(columns.id) if columns.id else None
    if columns.card not in fields:
        said = None if given_id is None else str(given_id)
        return refused(source, row, f"Its line has no {columns.card!r}.", said)
    return row_card(source, row, given_id, fields[columns.card])


def _plain(path: str, file: IO[bytes]) -> IO[bytes]:
    """Return a file's bytes without compression."""
    if path.lower().endswith(".gz"):
        return gzip.open(file)  # type: ignore[return-value]
    if path.lower().endswith(".zst"):
        need("pyarrow")
        import pyarrow

        stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")
        return io.BufferedReader(stream)
    return file
