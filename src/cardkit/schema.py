"""The JSON Schema of the record, made from the pydantic models."""

from __future__ import annotations

import json
from typing import Any

from cardkit.record import Record

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what `cardkit ingest` prints.

    >>> schema()["properties"]["schema_version"]["const"]
    '1'
    """
    return {"$schema": DIALECT, **Record.model_json_schema(mode="validation")}


def as_json() -> str:
    """Return the JSON Schema as text."""
    return json.dumps(schema(), ensure_ascii=False, indent=2)
