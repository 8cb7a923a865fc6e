"""The layer of a measurement that is not there."""

from __future__ import annotations

from cardkit.outcome import Outcome
from cardkit.plan import LAYERS, Untried
from cardkit.report import Layer


def unmeasured(name: str, found: Untried | None, outcome: Outcome) -> Layer:
    """Return a layer that was skipped, or that the run did not come to.

    >>> unmeasured("L4", Untried(untried="the model answers nothing"), Outcome()).verdict
    'skipped'
    >>> unmeasured("L4", None, Outcome(reached="example")).because
    'the run ended before it was measured; the last step that began: example'
    """
    if found is not None:
        return Layer(name=name, title=LAYERS[name], verdict="skipped", because=found.untried)
    if outcome.error:
        because = f"the example ended with {outcome.error.type} before it was measured"
    else:
        last = outcome.reached
        because = f"the run ended before it was measured; the last step that began: {last}"
    return Layer(name=name, title=LAYERS[name], verdict="unknown", because=because)
