"""One outcome of several processes: what each was not let do, and how each ended, stays."""

from __future__ import annotations

from collections.abc import Mapping

from cardkit.outcome import Isolation, Outcome
from cardkit.plan import Untried
from cardkit.runner.measures import MEASURES

ENDED = "end"


def joined(measured: Outcome, others: Mapping[str, Outcome]) -> Outcome:
    """Return an outcome, with how the processes of others were held and ended.

    `others` by what is said of their process: `when the example ran once more`.
    """
    runs = (measured, *others.values())
    held = {"": measured.isolation} | {said: run.isolation for said, run in others.items()}
    return measured.model_copy(
        update={
            "isolation": _together({said: each for said, each in held.items() if each}),
            "error": next((run.error for run in runs if run.error is not None), None),
            "reached": next((run.reached for run in runs if run.reached != ENDED), ENDED),
        }
    )


def _together(held: Mapping[str, Isolation]) -> Isolation | None:
    """Return how several processes were held; the first that did not end well is told of."""
    if not held:
        return None
    every = list(held.values())
    ill = [(said, each) for said, each in held.items() if each.stopped or each.exit_code != 0]
    when, told = min(ill, key=lambda pair: pair[1].stopped is None, default=("", every[0]))
    return told.model_copy(
        update={
            "said": f"{told.said}, {when}" if told.said and when else told.said,
            "denied": tuple(dict.fromkeys(line for each in every for line in each.denied)),
            "peak_memory": max(each.peak_memory for each in every),
            "left": sum(each.left for each in every),
        }
    )


def without_measures(shown: Outcome, because: str = "") -> Outcome:
    """Return what is taken from a process whose code could have written all that it says.

    `because`: why nothing else measured; without it the measures were not come to.
    """
    untried = dict.fromkeys(MEASURES, Untried(untried=because)) if because else {}
    return Outcome(
        environment=shown.environment,
        isolation=shown.isolation,
        loads=shown.loads if because else (),
        printed=shown.printed,
        error=shown.error,
        reached=shown.reached,
        **untried,
    )
