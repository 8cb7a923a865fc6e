"""Records in files: a record.json that a cardkit wrote, today or earlier."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from cardkit.errors import CardkitError
from cardkit.record import SCHEMA_VERSION, Record

AGAIN = "run `cardkit ingest` on its card again"


def load(path: str | Path) -> Record:
    """Return the record that a file holds.

    Raises CardkitError if it holds none, or one of a schema that this cardkit does not know.
    """
    where = str(path)
    try:
        written = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise CardkitError(
            f"it cannot be read: {(error.strerror or str(error)).lower()}",
            where=where,
            todo="check the path",
        ) from error
    except ValueError as error:
        raise CardkitError(f"it is not JSON: {error}", where=where, todo=AGAIN) from error
    version = written.get("schema_version") if isinstance(written, dict) else None
    if version is None:
        raise CardkitError("it holds no record: no schema_version", where=where, todo=AGAIN)
    if version != SCHEMA_VERSION:
        raise CardkitError(
            f"its schema_version is {version!r}; this cardkit reads {SCHEMA_VERSION!r}",
            where=where,
            todo=f"{AGAIN}, or install the cardkit that wrote it",
        )
    try:
        return Record.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        raise CardkitError(
            f"{pointer} is not as the schema says: {first['msg'].lower()}"
            + (f"; and {error.error_count() - 1} more" if error.error_count() > 1 else ""),
            where=where,
            todo=f"{AGAIN}; `cardkit schema` prints what is expected",
        ) from error
