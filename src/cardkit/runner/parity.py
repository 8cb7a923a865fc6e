"""Parity: the model on its device against a reference on the CPU in float32 (L4).

Both are given the same tokens, so that each position can be compared. The logits lie in memory
once for each model, as they come; what is computed of them is computed of a few positions at a
time, in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cardkit.outcome import Floor, Parity
from cardkit.runner.forced import forced, hidden, logits
from cardkit.runner.reference import Reference
from cardkit.runner.rounding import coarsest, rounded
from cardkit.runner.scene import Scene, UntriedError

POSITIONS = 256
"""Positions compared at most: 256 of a vocabulary of 150,000 are 154 MB in float32."""
VALUES = 1 << 20
"""Values at a time: each of about ten copies in float64 has 8 MiB."""
FIRST = 5
HIDDEN = ("embedding", "classification")
"""Kinds of models whose hidden states are compared."""


def measure(scene: Scene, reference: Reference) -> Parity:
    """Return how near the model is to its reference, on the example's prompt and answer.

    Raises UntriedError where the two cannot be compared.
    """
    given = forced(scene, POSITIONS)
    ranks = scene.plan.kind not in HIDDEN and not is_headless(scene)
    read = logits if ranks else hidden
    theirs, ours = read(reference.model, given), read(scene.model, given)
    if theirs.shape != ours.shape:
        shapes = [" x ".join(map(str, found.shape)) for found in (ours, theirs)]
        raise UntriedError(f"the model gives {shapes[0]} values, its reference {shapes[1]}")
    figures = compared(ours, theirs, ranks=ranks)
    dtype = number_format(scene.model)
    floor = None
    if figures is not None and (name := coarsest(dtype)):
        del ours
        with rounded(reference.model, name):
            floor = compared(read(reference.model, given), theirs, ranks=ranks)
    return Parity(
        reference=reference.described,
        dtype=dtype,
        tokens=len(theirs),
        finite=figures is not None,
        reference_bytes=reference.bytes,
        floor=Floor(**{name: floor.get(name) for name in Floor.model_fields}) if floor else None,
        **figures or {},
    )


def is_headless(scene: Scene) -> bool:
    """Tell whether the example took the encoder of a masked model, without the head for words."""
    name = scene.load.model
    return scene.plan.kind == "masked" and name.endswith("Model") and "Head" not in name


def number_format(model: Any) -> str:
    """Return the number format of a model's parameters; several are joined by commas."""
    found = {str(parameter.dtype).removeprefix("torch.") for parameter in model.parameters()}
    return ",".join(sorted(found))


def compared(ours: Any, theirs: Any, *, ranks: bool) -> dict[str, float] | None:
    """Return the figures of `Parity` for (positions, values); None where ours are not finite.

    A value of the reference that is minus infinity is a row of the vocabulary that the model
    never gives: it is left out. Raises UntriedError where another of its values is not finite.
    """
    positions: dict[str, list[float]] = {}
    for a, b in chunks(ours, theirs):
        found = figures(a, b, ranks=ranks)
        if found is None:
            return None
        for name, values in found.items():
            positions.setdefault(name, []).extend(values)
    count = sum(positions.pop("values"))
    shares = {"mean_absolute": count, "within_1_percent": count}
    worst = {"max_absolute": max, "cosine": min}
    return {
        name: worst[name](values)
        if name in worst
        else math.fsum(values) / shares.get(name, len(values))
        for name, values in positions.items()
    }


def chunks(ours: Any, theirs: Any) -> Iterator[tuple[Any, Any]]:
    """Yield a few positions of both at a time, on the CPU in float64."""
    step = max(1, VALUES // theirs.shape[-1])
    for at in range(0, len(theirs), step):
        yield ours[at : at + step].cpu().double(), theirs[at : at + step].cpu().double()


def figures(a: Any, b: Any, *, ranks: bool) -> dict[str, list[float]] | None:
    """Return the figures of each position; None where a value of the device's, a, is not finite.

    `values`, `mean_absolute` and `within_1_percent` are counts and sums.
    """
    import torch

    kept = b != -math.inf
    if not torch.isfinite(b[kept]).all():
        raise UntriedError("the reference's own values are not finite")
    if not torch.isfinite(a[kept]).all():
        return None
    plain_a, plain_b = a.masked_fill(~kept, 0), b.masked_fill(~kept, 0)
    off = (plain_a - plain_b).abs()
    found = {
        "values": kept.sum(-1),
        "max_absolute": off.max(-1).values,
        "mean_absolute": off.sum(-1),
        "cosine": torch.cosine_similarity(plain_a, plain_b, dim=-1),
        "within_1_percent": (kept & ((off < 0.01 * plain_b.abs()) | (off == 0))).sum(-1),
    }
    if ranks:
        found |= rank_figures(a.masked_fill(~kept, -math.inf), b)
    return {name: values.tolist() for name, values in found.items()}


def rank_figures(a: Any, b: Any) -> dict[str, Any]:
    """Return what the ranks and the probabilities of logits say, for each position."""
    import torch

    first_a, first_b = a.argmax(-1, keepdim=True), b.argmax(-1, keepdim=True)
    log_a, log_b = a.log_softmax(-1), b.log_softmax(-1)
    apart = (log_b - log_a).masked_fill(torch.isinf(b), 0)
    top = b.topk(min(FIRST, b.shape[-1]), dim=-1).indices
    return {
        "mutual_top5": (in_first(a, first_b) & in_first(b, first_a)).double(),
        "mean_kl": (log_b.exp() * apart).sum(-1).clamp(min=0),  # rounding may give -1e-17
        "delta_logp": apart.gather(-1, top).abs().mean(-1),
        "top1": (first_a == first_b).squeeze(-1).double(),
    }


def in_first(logits: Any, token: Any) -> Any:
    """Return whether fewer than five tokens are before one, at each position: ties are fair."""
    return (logits > logits.gather(-1, token)).sum(-1) < FIRST
