"""The limits that figures of an outcome are held against, from `limits.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cardkit.tables import pick


@cache
def limits(layer: str) -> dict[str, Any]:
    """Return the limits of one layer, as its section of the data file has them.

    Raises UnknownNameError where the layer has none.

    >>> limits("L4")["bfloat16"]["mean_kl"]
    0.01
    """
    text = Path(__file__).with_name("limits.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = pick(yaml.safe_load(text), layer, "layer with limits")
    return found


def dtype_limits(layer: str, dtype: str) -> dict[str, float] | None:
    """Return the limits for a number format, the widest of several; None where none are known.

    >>> dtype_limits("L5", "bfloat16,float32"), dtype_limits("L5", "uint8")
    ({'margin': 0.4}, None)
    """
    order = ("float32", "float16", "bfloat16")  # from the narrowest limits to the widest
    found = [order.index(name) if name in order else -1 for name in dtype.split(",")]
    if min(found) < 0:
        return None
    row: dict[str, float] = limits(layer)[order[max(found)]]
    return row
