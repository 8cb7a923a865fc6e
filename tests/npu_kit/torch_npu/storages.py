"""Storages on the NPU: what torch.save, torch.load and deep copies make and read."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor

from torch_npu.memory import MEMORY

_new = torch.UntypedStorage.__new__


def bytes_of(storage: Any) -> Tensor:
    """Return the memory of a storage as bytes of the CPU; they keep the storage alive."""
    size = storage.nbytes()
    if not size:
        return torch.empty(0, dtype=torch.uint8)
    cpu = torch.device("cpu")
    memory = torch._C._construct_storage_from_data_pointer(storage.data_ptr(), cpu, size)
    weakref.finalize(memory, _let_go, storage)
    return torch.empty(0, dtype=torch.uint8).set_(memory)


def construct(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a storage; torch's own way ends the process for a device without an allocator."""
    device = kwargs.get("device")
    if device is None or torch.device(device).type != "npu":
        return _new(cls, *args, **kwargs)
    (size,) = args or (0,)
    return MEMORY.place(torch.empty(size, dtype=torch.uint8)).untyped_storage()


def _let_go(storage: Any) -> None:
    """Hold the storage until now."""
