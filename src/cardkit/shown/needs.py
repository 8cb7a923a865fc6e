"""What a model's weights need, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from cardkit.memory import BASES, Fit, Weights, shown
from cardkit.shown.terminal import Paint, plain, table

REST = "Activations and the cache of keys and values come on top."


def as_text(name: str, needs: Sequence[Weights | Fit], paint: Paint = plain) -> str:
    """Return what weights need in each dtype, and whether a device holds them."""
    weights = [need.weights if isinstance(need, Fit) else need for need in needs]
    fits = [need for need in needs if isinstance(need, Fit)]
    first = weights[0]
    rows = [["dtype", "weights"], *([each.dtype, shown(each.memory)] for each in weights)]
    if fits:
        device = fits[0].device
        rows[0].append(f"on {device.name}, {shown(device.memory)}")
        for row, fit in zip(rows[1:], fits, strict=True):
            row.append(answer(fit))
    head, *lines = table(rows, numbers_from=len(rows[0]))
    basis = f"{name}: {first.num_parameters:,} parameters, {BASES[first.basis]}"
    return "\n".join([basis, paint(head, "head"), *lines, paint(REST, "label")])


def answer(fit: Fit) -> str:
    """Return whether a device holds weights, and what is left or lacking."""
    if fit.holds is None:
        return "cannot tell: the figure is too rounded"
    if fit.holds:
        return f"yes, {shown(fit.left)} left"
    return f"no, {shown(-fit.left)} too little"
