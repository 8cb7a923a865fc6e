"""Each operation on the NPU: its tensors seen as the CPU's, the CPU's kernel, its results seen as
the NPU's.

Torch comes here only for what it cannot compose itself of other operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from torch_npu import faults, generators
from torch_npu.crossing import to_cpu, to_npu
from torch_npu.memory import MEMORY
from torch_npu.storages import bytes_of

aten = torch.ops.aten
NO_ROOM = "resize storage that is not resizable"
MIXED = {
    "index": "indices",
    "index_put": "indices",
    "_index_put_impl": "indices",
    "_pack_padded_sequence": "lengths",
}
"""Arguments that may be on the CPU while the others are on the NPU, as on other hardware."""


class Shape(NamedTuple):
    """What the schema of an operation says of its arguments and results."""

    name: str
    """Without namespace, overload and the underscore of writing in place."""
    names: list[str]
    """Of all arguments in order."""
    outs: list[str]
    """Arguments that are there to be filled."""
    results: list[tuple[str, str]]
    """For each result what it is ("new", "same", "view") and of which argument."""
    written: list[str]
    """Arguments that it writes to."""
    random: bool
    generator: bool


_known: dict[Any, Shape | Any] = {}
"""How each operation that was met is computed: by a function of OWN, or as its shape says."""
_fault = faults.wanted()


def compute(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Compute an operation that has tensors on the NPU, or is to put its result there."""
    shape = _known.get(op) or _known.setdefault(op, OWN.get(op) or _read(op))
    if not isinstance(shape, Shape):
        return shape(*args, **kwargs)
    device = kwargs.get("device")
    placed = True
    if device is not None:
        placed = device.type == "npu"
        check(device)
        kwargs["device"] = torch.device("cpu") if placed else device
    _on_one_device(shape, args, kwargs)
    cpu_args = [_lower(arg) for arg in args]
    cpu_kwargs = {name: _lower(arg) for name, arg in kwargs.items()}
    for name in shape.outs:
        if not kwargs[name].numel():  # the kernel says how large it is to be
            cpu_kwargs[name] = torch.empty_like(cpu_kwargs[name]).resize_(0)
    if shape.generator:
        given = cpu_kwargs.get("generator")
        cpu_kwargs["generator"] = generators.checked(given)
        result = op(*cpu_args, **cpu_kwargs)
    elif shape.random:
        with generators.in_place_of_the_cpus():
            result = op(*cpu_args, **cpu_kwargs)
    else:
        try:
            result = op(*cpu_args, **cpu_kwargs)
        except RuntimeError as error:
            if not shape.outs or NO_ROOM not in str(error):
                raise
            for name in shape.outs:
                cpu_kwargs[name] = torch.empty_like(cpu_kwargs[name]).resize_(0)
            result = op(*cpu_args, **cpu_kwargs)
    if _fault:
        _fault(shape.name, _written(shape, cpu_args, cpu_kwargs, result))
    for name in shape.outs:
        if cpu_kwargs[name].shape != kwargs[name].shape:
            refill(kwargs[name], cpu_kwargs[name])
        elif kwargs[name].numel() and cpu_kwargs[name].data_ptr() != kwargs[name].data_ptr():
            to_cpu(kwargs[name]).copy_(cpu_kwargs[name])
    if not isinstance(result, (Tensor, tuple, list)):
        return result
    if len(shape.results) != 1:
        return tuple(
            _placed(one, how, shape, args, kwargs) if placed else one
            for one, how in zip(result, shape.results, strict=True)
        )
    return _placed(result, shape.results[0], shape, args, kwargs) if placed else result


def check(device: torch.device) -> None:
    """Raise RuntimeError for an NPU that is not there."""
    if device.type == "npu" and device.index not in (None, 0):
        raise RuntimeError(f"Invalid device ID {device.index}: the simulated NPU is npu:0 alone")


def refill(tensor: Tensor, content: Tensor) -> None:
    """Give a tensor of the NPU another size, and memory of its own."""
    memory = MEMORY.place(content)
    torch._functionalize_unsafe_set(tensor, memory)
    tensor.as_strided_(memory.shape, memory.stride(), 0)


def _read(op: Any) -> Shape:
    schema = op._schema
    of_alias = {
        alias: argument.name
        for argument in schema.arguments
        if argument.alias_info
        for alias in argument.alias_info.before_set
    }
    results = []
    for one in schema.returns:
        how, of = "new", ""
        if one.alias_info:
            how = "same" if one.alias_info.is_write else "view"
            of = of_alias.get(next(iter(one.alias_info.before_set), ""), "")
        results.append((how if of else "new", of))
    names = [argument.name for argument in schema.arguments]
    return Shape(
        name=schema.name.partition("::")[2].removesuffix("_"),
        names=names,
        outs=[argument.name for argument in schema.arguments if argument.is_out],
        results=results,
        written=[
            argument.name
            for argument in schema.arguments
            if argument.alias_info and argument.alias_info.is_write
        ],
        random=torch.Tag.nondeterministic_seeded in op.tags,
        generator="generator" in names,
    )


def _lower(value: Any) -> Any:
    if isinstance(value, Tensor):
        return to_cpu(value) if not value.is_cpu and value.device.type == "npu" else value
    if isinstance(value, (list, tuple)) and any(isinstance(one, Tensor) for one in value):
        return [_lower(one) for one in value]
    return value


def _on_one_device(shape: Shape, args: Any, kwargs: Any) -> None:
    """Raise as hardware does if tensors sit on two devices; numbers of the CPU may join."""
    first: torch.device | None = None
    for name, tensor in _tensors(shape, args, kwargs):
        if tensor.ndim == 0 and tensor.is_cpu:
            continue
        if first is None:
            first = tensor.device
        elif tensor.device != first:
            if MIXED.get(shape.name) == name and tensor.is_cpu:
                continue
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{first} and {tensor.device}! (when checking argument for argument {name} in "
                f"method wrapper_NPU_{shape.name})"
            )


def _tensors(shape: Shape, args: Any, kwargs: Any) -> Iterator[tuple[str, Tensor]]:
    for name, value in (*zip(shape.names, args, strict=False), *kwargs.items()):
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, (list, tuple)):
            yield from ((name, one) for one in value if isinstance(one, Tensor))


def _argument(name: str, shape: Shape, args: Any, kwargs: Any) -> Any:
    return kwargs[name] if name in kwargs else args[shape.names.index(name)]


def _written(shape: Shape, args: Any, kwargs: Any, result: Any) -> list[Tensor]:
    """Return what an operation made or wrote to."""
    several = result if isinstance(result, (tuple, list)) else [result]
    found = several if not shape.written else []
    for name in shape.written:
        value = _argument(name, shape, args, kwargs)
        found = [*found, *(value if isinstance(value, (tuple, list)) else [value])]
    return [one for one in found if isinstance(one, Tensor) and one.is_floating_point()]


def _placed(result: Any, how: tuple[str, str], shape: Shape, args: Any, kwargs: Any) -> Any:
    """Return a result as the NPU's."""
    kind, of = how
    if kind == "same":
        return _argument(of, shape, args, kwargs)
    if isinstance(result, (list, tuple)):
        return [_placed(one, how, shape, args, kwargs) for one in result]
    if not isinstance(result, Tensor):
        return result
    if kind == "view":
        return _view(_argument(of, shape, args, kwargs), result)
    return MEMORY.place(result)


def _view(base: Tensor, seen: Tensor) -> Tensor:
    """Return the view of an NPU's tensor that a view of its memory says."""
    begin = base.storage_offset() * base.element_size()
    begin += seen.storage_offset() * seen.element_size()
    if base.dtype == seen.dtype:
        view = aten.alias.default(base)
    else:
        view = torch._C._acc.create_empty_tensor((0,), seen.dtype)
        torch._functionalize_unsafe_set(view, base)
    return view.as_strided_(seen.shape, seen.stride(), begin // seen.element_size())


def _empty(size: Any, **kwargs: Any) -> Tensor:
    check(kwargs.pop("device"))
    return MEMORY.place(torch.empty(size, **{**kwargs, "pin_memory": False}))


def _empty_strided(size: Any, stride: Any, **kwargs: Any) -> Tensor:
    check(kwargs.pop("device"))
    return MEMORY.place(torch.empty_strided(size, stride, **{**kwargs, "pin_memory": False}))


def _as_strided(tensor: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    return aten.alias.default(tensor).as_strided_(size, stride, storage_offset)


def _copy(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:  # noqa: ARG001
    _lower(target).copy_(_lower(source))
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
    aten._fused_sdp_choice.default: _choose_attention,
}
"""What is of the device itself, not of the CPU's kernels."""
WHOLE = {"native_layer_norm": aten.native_layer_norm.default}
"""What torch would compose of many kernels, with more rounding, and hardware has one for."""
