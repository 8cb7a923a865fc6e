"""Parquet as JSON lines, for readers that know nothing else."""

from __future__ import annotations

import gzip
import io

from cardkit.dataset.tables import as_json


def as_jsonl_gz(parquet: bytes) -> bytes:
    """Return the rows of a Parquet file as JSON lines, compressed; same rows, same bytes."""
    import pyarrow.parquet

    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as lines:
        for batch in pyarrow.parquet.ParquetFile(io.BytesIO(parquet)).iter_batches(1024):
            for row in batch.to_pylist():
                lines.write(f"{as_json(row)}\n".encode())
    return out.getvalue()
