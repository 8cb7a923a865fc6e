"""Each operation on the NPU: its tensors seen as the CPU's, the CPU's kernel, its results seen as
the NPU's.

Torch comes here only for what it cannot compose itself of other operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from torch_npu import faults, generators, own
from torch_npu.crossing import to_cpu
from torch_npu.memory import MEMORY

aten = torch.ops.aten
NUMBERS = (bool, int, float, complex)
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
    numbers: list[int]
    """The places of tensors where torch may hand over a number."""
    random: bool
    generator: bool


_known: dict[Any, Shape | Any] = {}
"""How each operation that was met is computed: by a function of OWN, or as its shape says."""
_fault = faults.wanted()


def compute(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Compute an operation that has tensors on the NPU, or is to put its result there."""
    shape = _known.get(op) or _known.setdefault(op, own.OWN.get(op) or _read(op))
    if not isinstance(shape, Shape):
        return shape(*args, **kwargs)
    device = kwargs.get("device")
    placed = True
    if device is not None:
        placed = device.type == "npu"
        own.check(device)
        kwargs["device"] = torch.device("cpu") if placed else device
    _on_one_device(shape, args, kwargs)
    cpu_args = [own.lower(arg) for arg in args]
    cpu_kwargs = {name: own.lower(arg) for name, arg in kwargs.items()}
    for name in shape.outs:
        if not kwargs[name].numel():  # the kernel says how large it is to be
            cpu_kwargs[name] = torch.empty_like(cpu_kwargs[name]).resize_(0)
    if any(type(cpu_args[place]) in NUMBERS for place in shape.numbers if place < len(cpu_args)):
        op = op.overloadpacket  # the sister operation that takes numbers
    result = _call(op, shape, cpu_args, cpu_kwargs)
    if _fault:
        _fault(shape.name, _written(shape, cpu_args, cpu_kwargs, result))
    for name in shape.outs:
        if cpu_kwargs[name].shape != kwargs[name].shape:
            own.refill(kwargs[name], cpu_kwargs[name])
        elif cpu_kwargs[name].data_ptr() != kwargs[name].data_ptr():
            to_cpu(kwargs[name]).copy_(cpu_kwargs[name])
    if not isinstance(result, (Tensor, tuple, list)):
        return result
    if len(shape.results) != 1:
        return tuple(
            _placed(one, how, shape, args, kwargs) if placed else one
            for one, how in zip(result, shape.results, strict=True)
        )
    return _placed(result, shape.results[0], shape, args, kwargs) if placed else result


def _call(op: Any, shape: Shape, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call the CPU's kernel; what is random is drawn from the NPU's own numbers."""
    if shape.generator:
        kwargs["generator"] = generators.checked(kwargs.get("generator"))
        return op(*args, **kwargs)
    if shape.random:
        with generators.in_place_of_the_cpus():
            return op(*args, **kwargs)
    try:
        return op(*args, **kwargs)
    except RuntimeError as error:
        if not shape.outs or NO_ROOM not in str(error):
            raise
    for name in shape.outs:
        kwargs[name] = torch.empty_like(kwargs[name]).resize_(0)
    return op(*args, **kwargs)


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
        numbers=[
            place
            for place, argument in enumerate(schema.arguments)
            if str(argument.type) == "Tensor" and not argument.kwarg_only
        ],
        random=torch.Tag.nondeterministic_seeded in op.tags,
        generator="generator" in names,
    )


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


WHOLE = {
    "native_layer_norm": aten.native_layer_norm.default,
    "convolution_overrideable": aten.convolution_overrideable.default,
}
"""What torch would compose of many kernels, or not at all, and hardware has one for."""
