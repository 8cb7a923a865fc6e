"""L8, determinism: the same seed gives the same answer, in one process and in a new one."""

from __future__ import annotations

from collections.abc import Iterator

from cardkit.checks.layers import finding, judged, unknown
from cardkit.checks.reach import unmeasured
from cardkit.outcome import Outcome, Repeats
from cardkit.plan import Plan
from cardkit.report import Figure, Finding, Layer


def check(plan: Plan, outcome: Outcome) -> Layer:
    """Return whether answers repeat: on a CPU they must, on a device it is reported."""
    repeats = outcome.repeats
    if not isinstance(repeats, Repeats):
        return unmeasured("L8", plan, outcome, repeats)
    all_figures = (
        Figure(name="same again in the process", value=repeats.in_process),
        Figure(name="first new token that differs", value=repeats.differs_at),
        Figure(name="same in a new process", value=repeats.new_process),
    )
    figures = tuple(each for each in all_figures if each.value is not None)
    if repeats.in_process is None and repeats.new_process is None:
        return unknown("L8", repeats.untried or "nothing was run a second time", figures)
    return judged("L8", _findings(plan, repeats), _said(plan, repeats), figures)


def _findings(plan: Plan, repeats: Repeats) -> Iterator[Finding]:
    must = plan.device_type == "cpu"
    where = {"in the same process": repeats.in_process, "in a new process": repeats.new_process}
    for words, same in where.items():
        if same is False:
            at = repeats.differs_at if words == "in the same process" else None
            token = f", from new token {at} on" if at is not None else ""
            yield finding(
                "out.nondeterministic",
                f"seed {plan.seed} gave another answer {words}{token}",
                severity="fail" if must else "note",
            )


def _said(plan: Plan, repeats: Repeats) -> str:
    tried = [
        words
        for words, same in (
            ("in one process", repeats.in_process),
            ("in a new process", repeats.new_process),
        )
        if same is not None
    ]
    said = f"seed {plan.seed} twice {' and '.join(tried)}"
    if plan.device_type != "cpu":
        said += f"; on {plan.device} a difference is reported, not judged"
    return f"{said}; {repeats.untried}" if repeats.untried else said
