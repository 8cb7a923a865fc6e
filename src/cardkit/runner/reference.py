"""The reference: the same model a second time, on the CPU in float32."""

from __future__ import annotations

from typing import Any, NamedTuple


class Reference(NamedTuple):
    """A second load."""

    model: Any
    described: str
    bytes: int
