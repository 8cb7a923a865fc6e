"""Tensors that no file has and that nothing hangs on of what the example reads (L1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cardkit.outcome import Idle
from cardkit.runner.forced import Forced, forced, inputs
from cardkit.runner.scene import Scene

POSITIONS = 64
"""Tokens that the model is given."""


def idle(scene: Scene, memory: Mapping[str, Any], names: tuple[str, ...]) -> Idle | None:
    """Return tensors that were made up, if nothing that is read hangs on them.

    They are given other values, and what changes of the model's outputs is what hangs on them. A
    model's first output counts as read: it is what the model is for. None where something that is
    read changes, and where it cannot be told.
    """
    if not names or scene.read is None:
        return None
    tensors = [memory[name] for name in names]
    if not all(tensor.is_floating_point() for tensor in tensors):
        return None
    try:
        given = forced(scene, POSITIONS)
        first = outputs(scene.model, given)
        with others(tensors):
            other = outputs(scene.model, given)
    except Exception:  # noqa: BLE001 - a model that cannot be asked so: it cannot be told
        return None
    read = {next(iter(first)), *scene.read}
    changed = tuple(name for name in first if not same(first[name], other.get(name)))
    if read & {*changed} or not read <= first.keys():
        return None
    parameters = {id(each) for each in scene.model.parameters()}
    values = sum(each.numel() for each in tensors if id(each) in parameters)
    return Idle(names=names, values=values, fields=changed)


def outputs(model: Any, given: Forced) -> dict[str, Any]:
    """Return the fields of a model's output."""
    return dict(model(**inputs(model, given), output_hidden_states=True, return_dict=True))


def same(one: Any, other: Any) -> bool:
    """Return whether two fields hold the same numbers; what holds anything else is not the same."""
    import torch

    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return bool(torch.equal(one, other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return False


@contextmanager
def others(tensors: list[Any]) -> Iterator[None]:
    """Give tensors random values, and put their own back."""
    import torch

    held = [tensor.detach().clone() for tensor in tensors]
    source = torch.Generator().manual_seed(0)
    try:
        with torch.no_grad():
            for tensor in tensors:
                tensor.copy_(torch.randn(tensor.shape, generator=source))
        yield
    finally:
        with torch.no_grad():
            for tensor, own in zip(tensors, held, strict=True):
                tensor.copy_(own)
