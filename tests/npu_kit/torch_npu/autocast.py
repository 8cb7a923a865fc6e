"""`torch.autocast("npu")`: products of matrices in half precision, sums of many terms in float32.

The lists are a part of those that torch has for CUDA: https://docs.pytorch.org/docs/stable/amp.html
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

KEY = "AutocastPrivateUse1"
LOWER = (
    "linear",
    "matmul",
    "mm",
    "bmm",
    "addmm",
    "baddbmm",
    "conv1d",
    "conv2d",
    "scaled_dot_product_attention",
)
FULL = (
    "softmax.int",
    "log_softmax.int",
    "layer_norm",
    "cross_entropy_loss",
    "exp",
    "log",
    "cumsum",
)
_off = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)


def register() -> list[torch.library.Library]:
    """Register the casts; all else is computed as it comes."""
    rest, casts = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    rest.fallback(torch.library.fallthrough_kernel, KEY)
    for names, lower in ((LOWER, True), (FULL, False)):
        for name in names:
            packet, _, overload = name.partition(".")
            op = getattr(getattr(torch.ops.aten, packet), overload or "default")
            casts.impl(name, partial(_cast, op, lower), KEY)
    return [rest, casts]


def _cast(op: Any, lower: bool, *args: Any, **kwargs: Any) -> Any:
    dtype = torch.get_autocast_dtype("npu") if lower else torch.float32

    def cast(value: Any) -> Any:
        if isinstance(value, Tensor) and value.is_floating_point():
            return value.to(dtype)
        return value

    with torch._C._ExcludeDispatchKeyGuard(_off):
        return op(*map(cast, args), **{name: cast(value) for name, value in kwargs.items()})
