"""The bridge: one memory, seen as a tensor of the CPU and as one of the NPU.

A tensor is handed over as DLPack (https://dmlc.github.io/dlpack/latest/c_api.html), with another
kind of device written into its header: `int32 device_type` and `int32 device_id` behind the data
pointer. So each side has its own storage, both keep the memory alive, and nothing is copied.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor

CPU, EXTENSION = 1, 12
"""kDLCPU, and kDLExtDev, which is torch's PrivateUse1."""
DEVICE_TYPE = ctypes.sizeof(ctypes.c_void_p)
"""Where it stands in the header."""

_kind = ctypes.c_int32.from_address
_pointer: Any = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def to_cpu(tensor: Tensor) -> Tensor:
    """Return the memory of an NPU's tensor as a tensor of the CPU; its storage begins there."""
    return _relabelled(tensor, CPU)


def to_npu(tensor: Tensor) -> Tensor:
    """Return the memory of a CPU's tensor as a tensor of npu:0; its storage begins there."""
    return _relabelled(tensor, EXTENSION)


def _relabelled(tensor: Tensor, kind: int) -> Tensor:
    capsule = torch._C._to_dlpack(tensor)
    _kind(_pointer(capsule, b"dltensor") + DEVICE_TYPE).value = kind
    return torch._C._from_dlpack(capsule)
