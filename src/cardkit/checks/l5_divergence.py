"""L5: the greedy tokens of the device against the reference's.

Where the reference is unsure, any rounding decides, and the texts part: a near tie is no fault.
"""

from __future__ import annotations

from cardkit.checks.limits import dtype_limits
from cardkit.checks.reach import unmeasured
from cardkit.outcome import Divergence, Outcome
from cardkit.plan import LAYERS, Plan
from cardkit.report import Figure, Finding, Layer, LayerVerdict
from cardkit.vocabulary.codes import code

CODE = "parity.divergence"


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Find fault with a first divergence that is no near tie."""
    found = outcome.divergence
    if not isinstance(found, Divergence):
        return unmeasured("L5", plan, outcome, found)
    limits = dtype_limits("L5", found.dtype)
    margin = limits["margin"] if limits else None
    verdict, said = judged(found, margin)
    faults = [Finding(code=CODE, severity="fail", said=said, todo=code(CODE).todo)]
    return Layer(
        name="L5",
        title=LAYERS["L5"],
        verdict=verdict,
        because="" if verdict == "fail" else said,
        findings=tuple(faults) if verdict == "fail" else (),
        figures=figures(found, margin),
    )


def judged(found: Divergence, limit: float | None) -> tuple[LayerVerdict, str]:
    """Return the verdict, and what it rests on."""
    if found.at is None:
        return "pass", f"{found.tokens} greedy tokens are the reference's"
    at = f"the new token {found.at + 1}"
    if found.margin is None:
        return "fail", f"{at} comes from logits that are not finite"
    gap = f"there the reference prefers its own by {found.margin:.4g} nats"
    if not found.in_top5:
        return "fail", f"{at} differs, and is not in the other's top 5; {gap}"
    if limit is None:
        return "unknown", f"{at} differs, {gap}; no limits are known for {found.dtype}"
    if found.margin > limit:
        return "fail", f"{at} differs, {gap}, over {limit:.4g}"
    return "pass", f"{at} differs in a near tie: {gap}, within {limit:.4g}"


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
