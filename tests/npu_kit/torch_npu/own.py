"""What is of the NPU itself and not the CPU's kernels: memory, views, copies between devices."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from torch_npu.crossing import to_cpu, to_npu
from torch_npu.memory import MEMORY
from torch_npu.storages import bytes_of

aten = torch.ops.aten


def check(device: torch.device) -> None:
    """Raise RuntimeError for an NPU that is not there."""
    if device.type == "npu" and device.index not in (None, 0):
        raise RuntimeError(f"Invalid device ID {device.index}: the simulated NPU is npu:0 alone")


def refill(tensor: Tensor, content: Tensor) -> None:
    """Give a tensor of the NPU another size, and memory of its own."""
    memory = MEMORY.place(content)
    torch._functionalize_unsafe_set(tensor, memory)
    tensor.as_strided_(memory.shape, memory.stride(), 0)


def lower(value: Any) -> Any:
    """Return an argument with its tensors of the NPU seen as the CPU's."""
    if isinstance(value, Tensor):
        if value.is_cpu or value.device.type != "npu":
            return value
        lowered = to_cpu(value)
        if value.is_conj():  # the two marks that DLPack does not carry
            lowered = lowered.conj()
        return torch._neg_view(lowered) if value.is_neg() else lowered
    if isinstance(value, (list, tuple)) and any(isinstance(one, Tensor) for one in value):
        return [lower(one) for one in value]
    return value


def _empty(size: Any, **kwargs: Any) -> Tensor:
    check(kwargs.pop("device"))
    return MEMORY.place(torch.empty(size, **{**kwargs, "pin_memory": False}))


def _empty_strided(size: Any, stride: Any, **kwargs: Any) -> Tensor:
    check(kwargs.pop("device"))
    return MEMORY.place(torch.empty_strided(size, stride, **{**kwargs, "pin_memory": False}))


def _as_strided(tensor: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    return aten.alias.default(tensor).as_strided_(size, stride, storage_offset)


def _copy(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:  # noqa: ARG001
    lower(target).copy_(lower(source))
    return target


def _resize(tensor: Tensor, size: Any, **_: Any) -> Tensor:
    if torch.Size(size) != tensor.shape:
        content = torch.empty(size, dtype=tensor.dtype)
        old = to_cpu(tensor).reshape(-1)[: content.numel()]
        content.view(-1)[: old.numel()] = old
        refill(tensor, content)
    return tensor


def _set(tensor: Tensor) -> Tensor:
    refill(tensor, torch.empty(0, dtype=tensor.dtype))
    return tensor


def _set_to_tensor(tensor: Tensor, source: Tensor) -> Tensor:
    torch._functionalize_unsafe_set(tensor, source)
    return tensor.as_strided_(source.shape, source.stride(), source.storage_offset())


def _set_to_storage(tensor: Tensor, source: Any) -> Tensor:
    size = len(source) // tensor.element_size()
    return _set_to_part(tensor, source, 0, (size,), (1,))


def _set_to_part(tensor: Tensor, source: Any, offset: int, size: Any, stride: Any = ()) -> Tensor:
    stride = stride or torch.empty(size, device="meta").stride()
    torch._functionalize_unsafe_set(tensor, to_npu(bytes_of(source)))
    return tensor.as_strided_(size, stride, offset)


def _histc(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Count; an accelerator counts whole numbers too, which the CPU's kernel does not."""
    counts = torch.histc(to_cpu(tensor).double(), *args, **kwargs)
    return MEMORY.place(counts.to(tensor.dtype))


def _convolution(*args: Any) -> Tensor:
    return MEMORY.place(aten.convolution.default(*map(lower, args)))


def _choose_attention(*_: Any, **__: Any) -> int:
    """Choose attention made of simple kernels: the others are for certain hardware."""
    return int(torch.nn.attention.SDPBackend.MATH.value)


OWN: dict[Any, Any] = {
    aten.empty.memory_format: _empty,
    aten.empty_strided.default: _empty_strided,
    aten.as_strided.default: _as_strided,
    aten._copy_from.default: _copy,
    aten.resize_.default: _resize,
    aten.set_.default: _set,
    aten.set_.source_Tensor: _set_to_tensor,
    aten.set_.source_Storage: _set_to_storage,
    aten.set_.source_Storage_storage_offset: _set_to_part,
    aten.histc.default: _histc,
    aten.convolution_overrideable.default: _convolution,
    aten._fused_sdp_choice.default: _choose_attention,
}
"""What is of the device itself, not of the CPU's kernels."""
