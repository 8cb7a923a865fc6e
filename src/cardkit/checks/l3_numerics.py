"""L3, numerics: whether the model's numbers are sound, whatever device computed them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf, log
from typing import NamedTuple

from cardkit.checks.layers import finding, judged, listed, unknown
from cardkit.checks.limits import dtype_limits, limits
from cardkit.checks.reach import unmeasured
from cardkit.outcome import Loss, Numerics, Outcome, Shape
from cardkit.plan import Plan
from cardkit.report import Figure, Finding, Layer

NOT_FINITE = re.compile(r"\b(not finite|no finite number)\b")
"""What the runner says of a figure that came out as no number: JSON has none for it."""


class Difference(NamedTuple):
    """A difference of logits that ought to be none."""

    name: str
    code: str
    value: float | None
    words: str


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return whether values are finite, text is foretold, and cache and padding change nothing."""
    numerics = outcome.numerics
    if not isinstance(numerics, Numerics):
        if numerics is not None and NOT_FINITE.search(numerics.untried):
            return judged("L3", [finding("num.not_finite", numerics.untried)], "")
        return unmeasured("L3", plan, outcome, numerics)
    most = _most(outcome)
    differences = _differences(numerics)
    findings = [
        *_finite(numerics),
        *_foretold(plan, numerics),
        *_told_apart(numerics, differences, most),
        *_tokens(numerics, most),
    ]
    figures = tuple(_figures(plan, numerics, differences, most))
    unheld = [each.name for each in differences if each.value is not None]
    if not findings and unheld and (most is None or not numerics.scale > 0):
        why = "its number format has no limits" if most is None else "all logits are the same"
        return unknown("L3", f"{listed(unheld)} cannot be judged: {why}", figures)
    return judged("L3", findings, " ".join(_said(plan, numerics, differences)), figures)


def _most(outcome: Outcome) -> float | None:
    """Return the limit of differences, the widest of the model's formats; None for none known."""
    written = outcome.loads[-1].dtype if outcome.loads else ""
    if not written and isinstance(outcome.shape, Shape):
        written = outcome.shape.dtype
    found = dtype_limits("L3", written.replace(" ", ""))
    return found["difference"] if found else None


def _differences(numerics: Numerics) -> tuple[Difference, ...]:
    return (
        Difference(
            "causality",
            "num.causality",
            numerics.causality,
            "changing what follows a prefix changes the prefix's logits",
        ),
        Difference(
            "cache",
            "num.cache",
            numerics.cache,
            "the logits with the cache differ from those without",
        ),
        Difference(
            "padding", "num.padding", numerics.padding, "the last logits change with left padding"
        ),
    )


def _finite(numerics: Numerics) -> Iterator[Finding]:
    if not numerics.finite or numerics.not_finite:
        where = listed(numerics.not_finite) if numerics.not_finite else "the logits"
        yield finding("num.not_finite", f"values that are no numbers, or infinite, in {where}")
        return  # what is untried then, is so for this reason
    for name, why in numerics.untried.items():
        if NOT_FINITE.search(why):
            yield finding("num.not_finite", f"{name}: {why}")


def _counting(numerics: Numerics) -> list[Loss]:
    """Return the losses over enough tokens to say something."""
    return [each for each in numerics.losses if each.tokens >= limits("L3")["loss_tokens"]]


def _foretold(plan: Plan, numerics: Numerics) -> Iterator[Finding]:
    """Yield that the model foretells no text: the best of its losses is near to guessing."""
    losses = _counting(numerics)
    if plan.rehearsal or not losses or numerics.vocabulary < 2:
        return
    best = min(losses, key=lambda each: each.nats if each.nats >= 0 else inf)  # NaN is never best
    most = limits("L3")["loss"] * log(numerics.vocabulary)
    if not 0 <= best.nats <= most:
        yield finding(
            "num.loss",
            f"it foretells {best.text!r} with a loss of {best.nats:.2f} nats for each of "
            f"{best.tokens} tokens; guessing among {numerics.vocabulary:,} costs "
            f"{log(numerics.vocabulary):.2f}, the limit is {most:.2f}",
        )


def _told_apart(
    numerics: Numerics, differences: tuple[Difference, ...], most: float | None
) -> Iterator[Finding]:
    """Yield the differences beyond the limit of the number format."""
    if most is None or not numerics.scale > 0:
        return
    for each in differences:
        if each.value is not None and not each.value <= most * numerics.scale:
            yield finding(
                each.code,
                f"{each.words}, by up to {each.value:.3g}; their standard deviation is "
                f"{numerics.scale:.3g}, the limit {most * numerics.scale:.3g}",
            )


def _tokens(numerics: Numerics, most: float | None) -> Iterator[Finding]:
    """Yield that greedy tokens change with the cache: wrong where the logits do not say why."""
    if numerics.cache_same_tokens is not False:
        return
    near = (
        numerics.cache is not None
        and most is not None
        and numerics.cache <= most * numerics.scale
        and numerics.scale > 0
    )
    yield finding(
        "num.cache",
        "greedy tokens with the cache differ from those without"
        + (", where two tokens are as good as equal" if near else ""),
        severity="warning" if near else "fail",
    )


def _said(plan: Plan, numerics: Numerics, differences: tuple[Difference, ...]) -> Iterator[str]:
    """Yield in sentences what was held against a limit, and what was not."""
    held = ["finite values", *(each.name for each in differences if each.value is not None)]
    if plan.rehearsal:
        yield f"{listed(held, 5)} judged; random weights foretell nothing, so the loss is not."
    elif _counting(numerics):
        yield f"{listed([*held, 'loss'], 5)} judged."
    else:
        yield f"{listed(held, 5)} judged; no text was long enough to judge the loss."
    for name, why in numerics.untried.items():
        yield f"Not measured, {name}: {why}."


def _figures(
    plan: Plan, numerics: Numerics, differences: tuple[Difference, ...], most: float | None
) -> Iterator[Figure]:
    yield Figure(name="finite", value=numerics.finite and not numerics.not_finite)
    counting = _counting(numerics)
    for loss in numerics.losses:
        limit = None
        if not plan.rehearsal and loss in counting and numerics.vocabulary > 1:
            limit = limits("L3")["loss"] * log(numerics.vocabulary)
        yield Figure(name=f"loss of {loss.text}", value=loss.nats, unit="nats", limit=limit)
    for each in differences:
        if each.value is not None:
            limit = most * numerics.scale if most is not None and numerics.scale > 0 else None
            yield Figure(name=each.name, value=each.value, limit=limit)
    yield Figure(name="standard deviation of the logits", value=numerics.scale)
    if numerics.cache_same_tokens is not None:
        yield Figure(name="same tokens with the cache", value=numerics.cache_same_tokens)
