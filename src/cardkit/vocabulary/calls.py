"""Names in the code of examples: arguments, methods and tools, and what they are there for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from cardkit.vocabulary import load


@lru_cache(maxsize=1)
def _rows() -> dict[str, Any]:
    return load("code.yaml")  # type: ignore[no-any-return]


@lru_cache(maxsize=16)
def names(kind: str) -> tuple[str, ...]:
    """Return the names of one kind, in the order of the data file.

    >>> "max_new_tokens" in names("call_settings")
    True
    """
    return tuple(_rows()[kind])


@lru_cache(maxsize=1)
def dtypes() -> dict[str, str]:
    """Return each number format with the name that it is recorded by."""
    return dict(_rows()["dtypes"])


@lru_cache(maxsize=1)
def tools() -> tuple[tuple[re.Pattern[str], str | None], ...]:
    """Return the patterns of commands that run a model, each with the library whose it is."""
    rows: list[list[Any]] = _rows()["tools"]
    return tuple((re.compile(pattern, re.MULTILINE), library) for pattern, library in rows)


@lru_cache(maxsize=1)
def output_head() -> re.Pattern[str]:
    """Return the pattern of what a card writes above an output."""
    words = "|".join(sorted(map(re.escape, names("output_heads")), key=len, reverse=True))
    return re.compile(rf"(?:{words})\s*[:：]?\s*", re.IGNORECASE)
