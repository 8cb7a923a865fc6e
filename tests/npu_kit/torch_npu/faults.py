"""Faults on request, so that tests have a device that computes wrong.

The environment variable CARDKIT_NPU_FAULT names one, or a file `fault.txt` of an installed copy.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from torch_npu.memory import MEMORY, SMALL

VARIABLE = "CARDKIT_NPU_FAULT"
MATRICES = {"mm", "addmm", "bmm", "baddbmm", "mv", "addmv", "dot"}
"""The kernels that multiply matrices."""
NOISE = 0.1
"""Of a product's own spread."""
TURN = 1.5
"""What angles are multiplied by."""
PAUSE = 0.002
"""Seconds for each kernel."""

_noise = torch._C.Generator().manual_seed(0)

Fault = Callable[[str, list[Tensor]], None]
"""Spoils what a kernel of that name wrote."""


def matmul_noise(name: str, written: list[Tensor]) -> None:
    """Add noise to each product of matrices; it differs from call to call."""
    if name in MATRICES:
        for tensor in written:
            noise = torch.randn(tensor.shape, generator=_noise)
            tensor += noise * NOISE * tensor.float().std(correction=0)


def nan(name: str, written: list[Tensor]) -> None:
    """Make one number of each product of matrices no number."""
    if name in MATRICES:
        for tensor in written:
            if tensor.numel():
                tensor[(-1,) * tensor.ndim] = float("nan")


def slow(name: str, written: list[Tensor]) -> None:  # noqa: ARG001
    """Wait."""
    time.sleep(PAUSE)


def rotary_garbage(name: str, written: list[Tensor]) -> None:
    """Turn each sine and cosine to those of other angles, as wrong rotary frequencies do."""
    if name in ("sin", "cos"):
        for tensor in written:
            angle = tensor.float().clamp(-1, 1)
            angle = angle.asin() if name == "sin" else angle.acos()
            tensor.copy_(getattr(angle * TURN, name)())


def out_of_memory(name: str, written: list[Tensor]) -> None:
    """Do nothing here: the memory is small."""


FAULTS: dict[str, Fault] = {
    "matmul-noise": matmul_noise,
    "nan": nan,
    "slow": slow,
    "out-of-memory": out_of_memory,
    "rotary-garbage": rotary_garbage,
}


def wanted() -> Fault | None:
    """Return the fault that is asked for; raise ValueError if there is none of that name."""
    file = Path(__file__).with_name("fault.txt")
    name = os.environ.get(VARIABLE) or (file.read_text().strip() if file.exists() else "")
    if not name:
        return None
    if name not in FAULTS:
        raise ValueError(f"no fault {name!r}: {VARIABLE} is one of {', '.join(FAULTS)}")
    if name == "out-of-memory":
        MEMORY.total = SMALL
    return FAULTS[name]
