"""What the simulated NPU's memory holds, in bytes."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor

from torch_npu.crossing import to_npu

TOTAL = 64 * 2**30
SMALL = 64 * 2**10
"""With the fault out-of-memory: less than any tiny model needs."""


class Held(weakref.ref):
    """A storage, for as long as something uses it."""

    __slots__ = ("size",)
    size: int


class Memory:
    """A counter; storages count themselves out when they die."""

    def __init__(self) -> None:
        self.total = TOTAL
        self.allocated = 0
        self.peak = 0
        self._held: dict[int, Held] = {}

    def place(self, tensor: Tensor) -> Tensor:
        """Return a new CPU tensor as one of the NPU.

        Raises torch.OutOfMemoryError if it does not fit.
        """
        storage = tensor.untyped_storage()
        size = storage.nbytes()
        if self.allocated + size > self.total:
            raise torch.OutOfMemoryError(
                f"NPU out of memory. Tried to allocate {_words(size)} (NPU 0; "
                f"{_words(self.total)} total capacity; {_words(self.allocated)} already "
                f"allocated; {_words(self.total - self.allocated)} free)"
            )
        placed = to_npu(tensor)
        held = Held(storage, self._free)
        held.size = size
        self._held[id(held)] = held
        self.allocated += size
        self.peak = max(self.peak, self.allocated)
        return placed

    def _free(self, held: Any) -> None:
        self.allocated -= held.size
        del self._held[id(held)]


def _words(size: int) -> str:
    if size < 2**20:
        return f"{size / 2**10:.2f} KiB"
    return f"{size / 2**20:.2f} MiB" if size < 2**30 else f"{size / 2**30:.2f} GiB"


MEMORY = Memory()
