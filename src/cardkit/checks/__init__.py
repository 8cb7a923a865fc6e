"""Checks: they find fault with an outcome, one layer per file, without torch or network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cardkit.checks import (
    isolation,
    l0_fetch,
    l1_load,
    l2_spec,
    l3_numerics,
    l4_parity,
    l5_divergence,
    l6_text,
    l7_output,
    l8_repeats,
)
from cardkit.checks.errors import classify, ended
from cardkit.checks.layers import Check, skipped, unknown
from cardkit.outcome import Files, Outcome
from cardkit.plan import LAYERS, Plan
from cardkit.report import Finding, Layer, Verdict

__all__ = ["CHECKS", "classify", "findings", "judge", "of_files", "verdict"]

CHECKS: dict[str, Check] = {
    "L0": l0_fetch.check,
    "L1": l1_load.check,
    "L2": l2_spec.check,
    "L3": l3_numerics.check,
    "L4": l4_parity.check,
    "L5": l5_divergence.check,
    "L6": l6_text.check,
    "L7": l7_output.check,
    "L8": l8_repeats.check,
}
GENERATES = ("causal", "seq2seq")
OF_GENERATION = ("L3", "L5", "L6", "L7")
"""Layers that say something of models that generate text, and of no others."""


def judge(plan: Plan, outcome: Outcome) -> tuple[Layer, ...]:
    """Return every layer in its order; one that was not asked for is there too, as skipped."""
    return tuple(_layer(name, plan, outcome) for name in LAYERS)


def _layer(name: str, plan: Plan, outcome: Outcome) -> Layer:
    if name not in plan.layers:
        return skipped(name, "not asked for")
    if plan.kind not in GENERATES and name in OF_GENERATION:
        return skipped(name, f"the model is for {plan.kind}, and generates no text")
    if name not in CHECKS:
        return unknown(name, "this version of cardkit has no check for it")
    return CHECKS[name](plan, outcome)


def of_files(plan: Plan, files: Files | None) -> tuple[Finding, ...]:
    """Return why nothing may run from files, whichever layers were asked for."""
    if files is None:
        return ()
    layer = CHECKS["L0"](plan, Outcome(files=files))
    return tuple(each for each in layer.findings if each.severity in ("fail", "blocked"))


def findings(plan: Plan, outcome: Outcome) -> tuple[Finding, ...]:
    """Return what is wrong beside the layers: how the run ended, and what it was not let do.

    What kept the model from being loaded stands in L1, where that was asked for.
    """
    return tuple(_beside(plan, outcome))


def _beside(plan: Plan, outcome: Outcome) -> Iterator[Finding]:
    in_layer = "L1" in plan.layers and not outcome.loads
    stopped = outcome.isolation is not None and outcome.isolation.stopped is not None
    if outcome.error is not None and not stopped and not in_layer:
        yield ended(plan, outcome, outcome.error)
    yield from isolation.findings(outcome)


def verdict(layers: Sequence[Layer], found: Sequence[Finding]) -> Verdict:
    """Return the worst of what ran; where nothing passed, it was not verified.

    >>> verdict((), ())
    'blocked'
    """
    told = {layer.verdict for layer in layers} | {each.severity for each in found}
    if "fail" in told:
        return "failed"
    return "passed" if "pass" in told and "blocked" not in told else "blocked"
