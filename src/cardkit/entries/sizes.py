"""How large the model of an entry is: its parameters, and what its weights need."""

from __future__ import annotations

from cardkit import architectures
from cardkit.architectures import Count
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError


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


def parameters(entry: Entry) -> tuple[int, str]:
    """Return how many parameters a model has, and what that rests on: its formula, else its card.

    Raises CardkitError if neither tells.
    """
    counted = count(entry)
    if counted and counted.parameters:
        return counted.parameters, counted.because
    stated = entry.spec.num_parameters
    if stated:
        words = f", as printed: {stated.text}" if stated.text else ""
        return stated.value, ("its card's figure" if stated.card else "spec") + words
    because = f": {counted.because}" if counted else ""
    raise CardkitError(
        f"nobody says how many parameters {entry.name} has{because}",
        todo="decide spec.num_parameters in its model.yaml, with the reason",
    )
