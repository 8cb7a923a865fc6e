"""L5: the greedy tokens of the device against the reference's.

Where the reference is unsure, any rounding decides, and the texts part: a near tie is no fault.
"""

from __future__ import annotations

from cardkit.checks.layers import finding
from cardkit.checks.limits import dtype_limits, limits
from cardkit.checks.reach import unmeasured
from cardkit.outcome import Divergence, Floor, Outcome, Parity
from cardkit.plan import LAYERS, Plan
from cardkit.report import Figure, Layer, LayerVerdict

CODE = "parity.divergence"


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Find fault with a first divergence that is no near tie."""
    found = outcome.divergence
    if not isinstance(found, Divergence):
        return unmeasured("L5", plan, outcome, found)
    known = dtype_limits("L5", found.dtype)
    margin = known["margin"] if known else None
    floor = outcome.parity.floor if isinstance(outcome.parity, Parity) else None
    verdict, said = judged(found, margin, noise(floor))
    return Layer(
        name="L5",
        title=LAYERS["L5"],
        verdict=verdict,
        because=said,
        findings=(finding(CODE, said),) if verdict == "fail" else (),
        figures=figures(found, margin),
    )


def noise(floor: Floor | None) -> float:
    """Return the margin, nats, that rounding alone may turn: as near ties, twice a delta-logp."""
    if floor is None or floor.delta_logp is None:
        return 0.0
    within: float = limits("L4")["floor"]["delta_logp"]["within"]
    return 2 * within * floor.delta_logp


def judged(found: Divergence, limit: float | None, noise: float) -> tuple[LayerVerdict, str]:
    """Return the verdict, and what it rests on."""
    if found.at is None:
        return "pass", f"{found.tokens} greedy tokens are the reference's"
    at = f"new token {found.at + 1} differs"
    if found.margin is None:
        return "fail", f"{at}: it comes from logits that are not finite"
    gap = f"the reference prefers its own by {found.margin:.4g} nats"
    if limit is None:
        return "unknown", f"{at}, {gap}; no limits are known for {found.dtype}"
    if limit < found.margin <= noise:
        return "unknown", f"{at}, {gap}: rounding alone may turn {noise:.4g} in this model"
    if found.margin > limit:
        return "fail", f"{at}, {gap}, over {limit:.4g}"
    if not found.in_top5:
        return "fail", f"{at}, and one is not in the other's top 5; {gap}"
    return "pass", f"{at} in a near tie: {gap}, within {limit:.4g}"


def figures(found: Divergence, limit: float | None) -> tuple[Figure, ...]:
    """Return the figures that there are."""
    at = None if found.at is None else found.at + 1
    shown = (
        Figure(name="greedy tokens compared", value=found.tokens),
        Figure(name="first that differs", value=at),
        Figure(name="margin of the reference", value=found.margin, unit="nats", limit=limit),
        Figure(name="each in the other's top 5", value=found.in_top5),
        Figure(name="delta-logp of L4", value=found.delta_logp, unit="nats"),
    )
    return tuple(each for each in shown if each.value is not None)
