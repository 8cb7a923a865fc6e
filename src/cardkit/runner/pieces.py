"""Writes an outcome piece by piece, so that what was measured before a crash is kept."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cardkit.outcome import Outcome
from cardkit.runner.seals import Seal

OUTCOME = "outcome.jsonl"
"""In the folder of the work: a line is an object with fields of the outcome; the last one holds."""
PRINTED = "printed.txt"
"""Beside it: the beginning of what the example printed."""


class Pieces:
    """What writes them; each line is in the file when the call returns."""

    def __init__(self, work: Path, key: str = "") -> None:
        self._file = (work / OUTCOME).open("ab", buffering=0)
        self._seal = Seal(key) if key else None

    def write(self, **fields: Any) -> None:
        """Write fields of the outcome."""
        unknown = fields.keys() - Outcome.model_fields.keys()
        if unknown:
            raise KeyError(f"an outcome has no {', '.join(sorted(unknown))}")
        line = json.dumps({name: plain(value) for name, value in fields.items()}, allow_nan=False)
        row = self._seal.sealed(line.encode()) if self._seal else line.encode()
        self._file.write(row + b"\n")

    def reached(self, step: str) -> None:
        """Say which step begins."""
        self.write(reached=step)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def plain(value: Any) -> Any:
    """Return a value as JSON has it; numbers that JSON has not, and all else, as words."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def not_finite(value: Any, at: str = "") -> list[str]:
    """Return the names of the numbers that are none, or without end."""
    if isinstance(value, BaseModel):
        return not_finite(value.model_dump(), at)
    if isinstance(value, Mapping):
        return [name for key, each in value.items() for name in not_finite(each, f"{at}.{key}")]
    if isinstance(value, list | tuple):
        return [name for each in value for name in not_finite(each, at)]
    bad = isinstance(value, float) and not math.isfinite(value)
    return [at.removeprefix(".")] if bad else []
