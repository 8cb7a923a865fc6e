"""L4: the logits on the device against a reference on the CPU in float32.

Judged are the ranks and the probabilities, against the limits of the number format and against
what rounding alone costs this model. The absolute and relative errors are shown, and not judged:
limits on them reject healthy bfloat16 runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.checks.layers import finding, judged, unknown
from cardkit.checks.limits import dtype_limits, limits
from cardkit.checks.reach import unmeasured
from cardkit.checks.weighing import MUTUAL, Weighed, weighed
from cardkit.outcome import Outcome, Parity
from cardkit.plan import Plan
from cardkit.report import Figure, Finding, Layer

CODE = "parity.logits"
SAME = "the model ran on the CPU in float32 itself: this shows nothing of another device"
NAMES = {
    MUTUAL: "mutual top 5",
    "mean_kl": "mean KL",
    "delta_logp": "delta-logp of the top 5",
    "cosine": "cosine, least",
}
UNITS = {"mean_kl": "nats", "delta_logp": "nats"}
NOISE = "rounding to {} moves the reference itself beyond the limits: this model decides nothing"


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Find fault with figures beyond the limits of the device's number format."""
    parity = outcome.parity
    if not isinstance(parity, Parity):
        return unmeasured("L4", plan, outcome, parity)
    if not parity.finite:
        said = "values on the device are not finite, the reference's are"
        return judged("L4", [finding(CODE, said)], because(plan, parity), (*rest(parity),))
    known = dtype_limits("L4", parity.dtype)
    if known is None:
        figures = (*(shown(name, parity, None) for name in decisive(parity)), *plain(parity))
        return unknown("L4", f"no limits are known for {parity.dtype}", figures)
    found = weighed(parity, known, limits("L4"), decisive(parity))
    figures = (
        *(shown(each.name, parity, known[each.name]) for each in found),
        *floors(parity),
        *plain(parity),
    )
    faults = [*faulted(found)]
    if not any(each.severity == "fail" for each in faults) and any(
        each.verdict == "undecided" for each in found
    ):
        return unknown("L4", NOISE.format(parity.dtype), figures)
    return judged("L4", faults, because(plan, parity), figures)


def because(plan: Plan, parity: Parity) -> str:
    """Return what the verdict rests on."""
    encodes = plan.kind in ("embedding", "classification")
    headless = parity.finite and parity.mutual_top5 is None
    what = "hidden states" if encodes or headless else "logits"
    rests = f"{what} of {parity.tokens} positions, in {parity.dtype}, against {parity.reference}"
    alone = plan.device_type == "cpu" and parity.dtype == "float32"
    return f"{rests}; {SAME}" if alone else rests


def decisive(parity: Parity) -> tuple[str, ...]:
    """Return the names of the figures that decide: of hidden states there is one."""
    return ("cosine",) if parity.mutual_top5 is None else (MUTUAL, "mean_kl", "delta_logp")


def faulted(found: tuple[Weighed, ...]) -> Iterator[Finding]:
    """Yield one finding of all figures that are wrong, or else one of those that are odd."""
    for verdict, severity in (("wrong", None), ("odd", "warning")):
        words = [f"{NAMES[each.name]} {each.said}" for each in found if each.verdict == verdict]
        if words:
            yield finding(CODE, ", ".join(words), severity="warning" if severity else None)
            return


def shown(name: str, parity: Parity, limit: float | None) -> Figure:
    """Return a figure that decides, with its limit; shares in percent."""
    value = getattr(parity, name)
    if name == MUTUAL:
        limit = None if limit is None else 100 * limit
        return Figure(name=NAMES[name], value=100 * value, unit="%", limit=limit)
    return Figure(name=NAMES[name], value=value, unit=UNITS.get(name, ""), limit=limit)


def floors(parity: Parity) -> Iterator[Figure]:
    """Yield what rounding alone costs."""
    for name in decisive(parity) if parity.floor else ():
        value = getattr(parity.floor, name)
        if value is not None and name != MUTUAL:
            unit = UNITS.get(name, "")
            yield Figure(name=f"{NAMES[name]}, of rounding alone", value=value, unit=unit)


def plain(parity: Parity) -> Iterator[Figure]:
    """Yield the figures that are shown and not judged."""
    if parity.top1 is not None:
        yield Figure(name="same first token", value=100 * parity.top1, unit="%")
        yield Figure(name=NAMES["cosine"], value=parity.cosine)
    yield Figure(name="largest absolute error", value=parity.max_absolute)
    yield Figure(name="mean absolute error", value=parity.mean_absolute)
    if parity.within_1_percent is not None:
        yield Figure(name="within 1 %", value=100 * parity.within_1_percent, unit="%")
    yield Figure(name="rule of CANN's comparison", value=reached(parity))
    yield from rest(parity)


def rest(parity: Parity) -> Iterator[Figure]:
    """Yield what is known of every comparison."""
    yield Figure(name="memory of the reference", value=parity.reference_bytes, unit="bytes")


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
