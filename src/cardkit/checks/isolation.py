"""What held the run: what it was ended for, and what it was not let do."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from cardkit.checks.layers import counted, finding, listed
from cardkit.outcome import Isolation, Outcome
from cardkit.report import Finding

OPEN = "process"
"""The rung that holds nothing back but time and what the operating system counts."""
DENIED_SHOWN = 5
ENDED = "end"
"""The last step of a run that came to its end."""


def findings(outcome: Outcome) -> Iterator[Finding]:
    """Yield what is wrong with how a run ended; nothing where no run was begun."""
    held = outcome.isolation
    if held is None:
        return
    if held.denied:
        said = f"the run was not let do what it tried: {listed(held.denied, DENIED_SHOWN)}"
        yield finding("run.forbidden", said)
    if held.stopped is not None:
        yield finding(held.stopped, f"the run was ended {_when(held, outcome)}: {_why(held)}")
    elif outcome.error is None and (outcome.reached != ENDED or _crashed(held)):
        yield _silent(held, outcome)
    if held.left:
        left = counted(held.left, "process", "processes")
        said = f"{left} that the run had started had to be ended"
        yield finding("run.limit", said, severity="warning")
    if held.rung == OPEN:
        yield finding(
            "run.forbidden",
            "nothing closed off the run's files and network: it was a plain process",
            severity="note",
            todo="use a kernel with Landlock (5.13 or newer), or install bubblewrap",
        )


def _silent(held: Isolation, outcome: Outcome) -> Finding:
    """Return the finding of a run that ended without saying why."""
    how = _how(held)
    if outcome.reached == ENDED:
        said = f"the process {how} after all was measured"
        return finding("run.exception", said, severity="warning")
    return finding(
        "run.exception",
        f"the process {how} without an exception, {_when(held, outcome)}",
        todo="run it again; a crash of a library leaves its words on standard error",
    )


def _how(held: Isolation) -> str:
    if held.exit_code is None:
        return "ended"
    if held.exit_code >= 0:
        return f"ended with code {held.exit_code}"
    try:
        name = signal.Signals(-held.exit_code).name
    except ValueError:
        name = f"signal {-held.exit_code}"
    return f"was ended by {name}"


def _crashed(held: Isolation) -> bool:
    return held.exit_code not in (None, 0)


def _when(held: Isolation, outcome: Outcome) -> str:
    return f"after {held.seconds:,.0f} s, at the step {outcome.reached!r}"


def _why(held: Isolation) -> str:
    return held.said or "the sandbox gave no words for it"
