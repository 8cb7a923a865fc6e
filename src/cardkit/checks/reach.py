"""Why a layer has nothing to judge: the run did not come so far, or did not measure it."""

from __future__ import annotations

from cardkit.checks.errors import ended
from cardkit.checks.layers import blocked, skipped, unknown
from cardkit.outcome import Outcome
from cardkit.plan import Plan, Untried
from cardkit.report import Layer


def unmeasured(name: str, plan: Plan, outcome: Outcome, part: Untried | None) -> Layer:
    """Return the layer of a measurement that was not made."""
    if part is not None and outcome.loads:
        return skipped(name, part.untried)
    return unreached(name, plan, outcome)


def unreached(name: str, plan: Plan, outcome: Outcome) -> Layer:
    """Return a layer that the run did not come to, with what ended it."""
    if outcome.isolation is not None and outcome.isolation.stopped is not None:
        said = outcome.isolation.said or outcome.isolation.stopped
        return blocked(name, f"the run was ended before it: {said}")
    if outcome.error is not None:
        found = ended(plan, outcome, outcome.error)
        if found.severity == "blocked":
            return blocked(name, f"the example ended before it: {found.said}")
        return unknown(name, f"the example ended before it, with {outcome.error.type}")
    if outcome.isolation is None and outcome.reached == "start":
        return blocked(name, "nothing was fetched" if outcome.files is None else "nothing ran")
    if outcome.reached != "end":
        return unknown(name, f"the process ended before it, at the step {outcome.reached!r}")
    if not outcome.loads:
        return unknown(name, "the example came to its end and loaded no model")
    return unknown(name, "the run came to its end and did not measure it")
