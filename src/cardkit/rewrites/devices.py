"""How code names a device."""

from __future__ import annotations

import ast
import re

from cardkit.rewrites.code import Code

ACCELERATOR = re.compile(r"(?:cuda|npu|gpu|mps|xpu|mlu|musa|hpu)(?::\d+)?")
SPREAD = ("auto", "balanced", "balanced_low_0", "sequential")
"""Values of `device_map` that leave the choice to accelerate."""
MOVES = ("cuda", "npu", "xpu", "mps", "mlu", "musa", "hpu")
"""Methods that put what they are called on onto a device."""


def as_device(code: Code, node: ast.expr) -> str | None:
    """Return the device that an expression is: `cuda:0` for 0, `cpu` for -1; None for no device."""
    value = code.value(node)
    if isinstance(value, str) and (ACCELERATOR.fullmatch(value) or value == "cpu"):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return "cpu" if value < 0 else f"cuda:{value}"
    if isinstance(node, ast.Call) and code.origin(node.func) == "torch.device" and node.args:
        return as_device(code, node.args[0])
    return None
