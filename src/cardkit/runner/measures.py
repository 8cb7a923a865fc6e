"""The measurements, in the order of their layers, each on the model that the example loaded."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from cardkit.outcome import Tensors
from cardkit.plan import Part, Untried
from cardkit.runner import divergence, numerics, parity, repeats, shape, tensors
from cardkit.runner.pieces import not_finite
from cardkit.runner.reference import Reference, load
from cardkit.runner.scene import Scene, UntriedError
from cardkit.runner.told import reason

MEASURES: dict[str, tuple[str, Callable[..., Part]]] = {
    "tensors": ("L1", tensors.measure),
    "shape": ("L2", shape.measure),
    "numerics": ("L3", numerics.measure),
    "parity": ("L4", parity.measure),
    "divergence": ("L5", divergence.measure),
    "repeats": ("L8", repeats.measure),
}
"""Field of the outcome: the layer that asks for it, and the file that makes it. Parity takes the
reference too, divergence the reference and what parity found."""
REFERRING = ("L4", "L5")
"""Layers that need the reference."""


class Measured(NamedTuple):
    """One measurement."""

    name: str
    found: Part


def measured(
    scene: Scene, places: Mapping[str, str], begins: Callable[[str], None]
) -> Iterator[Measured]:
    """Yield the measurements that the plan's layers ask for; `begins` is told each step before.

    One that cannot be made yields `Untried`. The reference is loaded when the first one needs it.
    """
    layers = scene.plan.layers
    made: dict[str, Any] = {}
    reference: Reference | Untried | None = None
    for name, (layer, measure) in MEASURES.items():
        needed = name == "parity" and "L5" in layers  # its limit is parity's figure
        if layer not in layers and not needed:
            continue
        if layer in REFERRING:
            if reference is None:
                begins("load the reference")
                reference = attempted(partial(load, scene), places)
                yield from _compared(scene, made, reference, places)
            if isinstance(reference, Untried):
                yield Measured(name, reference)
                continue
        begins(f"measure {name}")
        made[name] = attempted(partial(measure, *_given(name, scene, reference, made)), places)
        if layer in layers:
            yield Measured(name, made[name])
        if name == "divergence":
            reference = None
            gc.collect()  # the second model is as large as the first


def _given(name: str, scene: Scene, reference: Any, made: Mapping[str, Any]) -> tuple[Any, ...]:
    if name == "parity":
        return scene, reference
    if name == "divergence":
        found = made.get("parity")
        return scene, reference, None if isinstance(found, Untried) else found
    return (scene,)


def _compared(
    scene: Scene, made: Mapping[str, Any], reference: Any, places: Mapping[str, str]
) -> Iterator[Measured]:
    """Yield the tensors once more, with what the second load has otherwise."""
    first = made.get("tensors")
    if isinstance(first, Tensors) and not isinstance(reference, Untried):
        found = attempted(partial(tensors.second_load, scene, reference.model), places)
        if not isinstance(found, Untried):
            yield Measured("tensors", first.model_copy(update={"second_load_differs": found}))


def attempted(measure: Callable[[], Any], places: Mapping[str, str]) -> Any:
    """Return what a measurement gives, or why it gave nothing."""
    import torch

    try:
        with torch.no_grad():
            found = measure()
    except UntriedError as error:
        return Untried(untried=error.problem)
    except Exception as error:  # noqa: BLE001 - the model's code may be foreign
        return Untried(untried=reason(error, places))
    wrong = not_finite(found)
    return Untried(untried=f"{', '.join(wrong)} is no finite number") if wrong else found
