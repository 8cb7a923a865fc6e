"""L4: the logits on the device against a reference on the CPU in float32.

Judged are the ranks and the probabilities. The absolute and relative errors are shown, and not
judged: limits on them reject healthy bfloat16 runs.
"""

from __future__ import annotations

from cardkit.checks.limits import dtype_limits
from cardkit.checks.reach import unmeasured
from cardkit.outcome import Outcome, Parity
from cardkit.plan import LAYERS, Plan
from cardkit.report import Figure, Finding, Layer
from cardkit.vocabulary.codes import code

CODE = "parity.logits"
SAME = "the model ran on the CPU in float32 itself: this shows nothing of another device"


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Find fault with figures beyond the limits of the device's number format."""
    parity = outcome.parity
    if not isinstance(parity, Parity):
        return unmeasured("L4", plan, outcome, parity)
    layer = Layer(name="L4", title=LAYERS["L4"], verdict="pass", because=because(plan, parity))
    limits = dtype_limits("L4", parity.dtype)
    shown = (*judged(parity, limits or {}), *plain(parity))
    if not parity.finite:
        wrong = "values on the device are not finite, the reference's are"
    elif limits is None:
        return layer.model_copy(
            update={
                "verdict": "unknown",
                "because": f"no limits are known for {parity.dtype}",
                "figures": shown,
            }
        )
    else:
        wrong = ", ".join(filter(None, map(beyond, shown)))
    if not wrong:
        return layer.model_copy(update={"figures": shown})
    known = code(CODE)
    fault = Finding(code=CODE, severity="fail", said=wrong, todo=known.todo)
    return layer.model_copy(update={"verdict": "fail", "findings": (fault,), "figures": shown})


def because(plan: Plan, parity: Parity) -> str:
    """Return what the verdict rests on."""
    what = "logits" if plan.kind not in ("embedding", "classification") else "hidden states"
    rests = f"{what} of {parity.tokens} positions, in {parity.dtype}, against {parity.reference}"
    alone = plan.device_type == "cpu" and parity.dtype == "float32"
    return f"{rests}; {SAME}" if alone else rests


def judged(parity: Parity, limits: dict[str, float]) -> tuple[Figure, ...]:
    """Return the figures that decide: of hidden states there is one."""
    if parity.mutual_top5 is None:
        limit = limits.get("cosine")
        return (Figure(name=COSINE, value=parity.cosine, limit=limit),)
    return (
        Figure(
            name=MUTUAL,
            value=100 * parity.mutual_top5,
            unit="%",
            limit=100 * limits["mutual_top5"] if limits else None,
        ),
        Figure(name="mean KL", value=parity.mean_kl, unit="nats", limit=limits.get("mean_kl")),
        Figure(
            name="delta-logp of the top 5",
            value=parity.delta_logp,
            unit="nats",
            limit=limits.get("delta_logp"),
        ),
    )


MUTUAL = "mutual top 5"
COSINE = "cosine, least"
AT_LEAST = (MUTUAL, COSINE)
"""Figures that may not be under their limit; the others may not be over it."""


def beyond(figure: Figure) -> str:
    """Return what is wrong with a figure; empty where it is within its limit or has none."""
    value, limit = figure.value, figure.limit
    if limit is None or not isinstance(value, (int, float)):
        return ""
    under = figure.name in AT_LEAST
    if value >= limit if under else value <= limit:
        return ""
    side = "under" if under else "over"
    return f"{figure.name} {value:.4g} {figure.unit} {side} {limit:.4g}".replace("  ", " ")


def plain(parity: Parity) -> tuple[Figure, ...]:
    """Return the figures that are shown and not judged."""
    shown = [
        Figure(name="largest absolute error", value=parity.max_absolute),
        Figure(name="mean absolute error", value=parity.mean_absolute),
        Figure(name="within 1 %", value=percent(parity.within_1_percent), unit="%"),
        Figure(name="rule of CANN's comparison", value=reached(parity)),
        Figure(name="memory of the reference", value=parity.reference_bytes, unit="bytes"),
    ]
    if parity.mutual_top5 is not None:
        first = Figure(name="same first token", value=percent(parity.top1), unit="%")
        shown = [first, Figure(name=COSINE, value=parity.cosine), *shown]
    return tuple(each for each in shown if each.value is not None)


def percent(share: float | None) -> float | None:
    """Return a share in percent."""
    return None if share is None else 100 * share


def reached(parity: Parity) -> bool | None:
    """Return whether CANN's comparison of PyTorch runs would call the accuracy reached.

    Its rule is meant for the outputs of single operations, and takes the cosine of the whole
    tensor; here it is the least over the positions. Not reached: a cosine under 0.99 with an
    error over 0.001, a cosine under 0.9, an error over 1. Source: CANN 7.0, migration of PyTorch
    models, "计算精度评价指标", hiascend.com canncommercial/700/modeldevpt/ptmigr/AImpug_000197
    """
    if parity.cosine is None or parity.max_absolute is None:
        return None
    if parity.cosine < 0.9 or parity.max_absolute > 1:
        return False
    return parity.cosine >= 0.99 or parity.max_absolute <= 0.001
