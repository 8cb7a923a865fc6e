"""How large the model of an entry is: its parameters, and what its weights need."""

from __future__ import annotations

from cardkit import architectures, memory
from cardkit.architectures import Count
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError

USUAL = ("float32", "bfloat16", "int8", "int4")
"""Number formats that weights are mostly loaded in; float16 needs what bfloat16 needs."""


def count(entry: Entry) -> Count | None:
    """Return an entry's parameters by its architecture's formula; None if that is not known."""
    kind = entry.load.model_type
    if kind is None or kind.value not in architectures.FORMULAS:
        return None
    return architectures.num_parameters(kind.value, dimensions(entry))


def dimensions(entry: Entry) -> dict[str, object]:
    """Return the figures of an entry's spec by their names in config.json."""
    spec = entry.spec
    named = {
        "max_position_embeddings" if name == "context_length" else name: getattr(spec, name).value
        for name in type(spec).model_fields
        if name != "options" and getattr(spec, name)
    }
    if entry.load.architecture:
        named["architecture"] = entry.load.architecture.value
    return named | {name: leaf.value for name, leaf in spec.options.items()}


def parameters(entry: Entry) -> tuple[int, memory.Basis]:
    """Return how many parameters a model has, and what that rests on: its formula, else its card.

    Raises CardkitError if neither tells.
    """
    counted, stated = count(entry), entry.spec.num_parameters
    if counted and counted.parameters:
        return counted.parameters, "formula"
    if stated:
        return stated.value, "card" if stated.card else "entry"
    because = f": {counted.because}" if counted else ""
    raise CardkitError(
        f"nobody says how many parameters {entry.name} has{because}",
        todo="decide spec.num_parameters in its model.yaml, with the reason",
    )


def needs(
    entry: Entry, dtype: str | None = None, device: str | None = None
) -> list[memory.Weights | memory.Fit]:
    """Return what a model's weights need in a dtype, or in each; and whether a device holds them.

    Raises UnknownNameError for an unknown dtype or device.
    """
    number, basis = parameters(entry)
    weights = [memory.need(number, each, basis) for each in ([dtype] if dtype else USUAL)]
    if device is None:
        return list(weights)
    found = memory.find_device(device)
    return [memory.fit(each, found) for each in weights]
