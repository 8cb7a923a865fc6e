"""The processes of a verification: the example's, one that measures apart from it, a second one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

from cardkit import checks, rewrites
from cardkit.hubs.fetching import Fetched
from cardkit.outcome import Outcome, Repeats
from cardkit.plan import Plan, Script
from cardkit.rewrites import RefusedError
from cardkit.verifying import running
from cardkit.verifying.children import Children
from cardkit.verifying.joined import ENDED, joined, without_measures
from cardkit.verifying.model_folder import lay_out

CHANGES = "code can change what measures it, and the example's {beyond}"
APART = "apart from the example, by cardkit's own script of what it asks: {because}"
NOT_APART = "not at all: {because}; a script of cardkit's own cannot ask it: {refused}"
REMOTE = "where code of the repository may run: it can change what measures it"
AGAIN, SHOWN = "when it ran once more", "as the example ran"


class Apart(NamedTuple):
    """What measures in the place of an example whose code could change its measures."""

    script: Script | None
    """None: there can be none."""
    because: str
    refused: RefusedError | None = None

    @property
    def said(self) -> str:
        """Where the measures are made, and why."""
        if self.refused is None:
            return APART.format(because=self.because)
        return NOT_APART.format(because=self.because, refused=self.refused.problem)


def apart(plan: Plan, script: Script, packages: dict[str, str]) -> Apart | None:
    """Return what measures apart from an example; None where it may be measured beside it.

    Code of the repository is in every process that loads the model: there nothing is apart.
    """
    if not script.foreign or not script.beyond or plan.allow_remote_code:
        return None
    because = CHANGES.format(beyond=script.beyond)
    try:
        return Apart(rewrites.parsed(plan, packages, rewrites.APART), because)
    except RefusedError as error:
        return Apart(None, because, error)


def held(
    plan: Plan,
    script: Script,
    beside: Apart | None,
    fetched: Fetched,
    work: Path,
    children: Children,
) -> Outcome:
    """Return the outcome of the script in the sandbox, of all processes; raises SandboxError."""
    laid = lay_out(fetched, work / "model", allow_code=plan.allow_remote_code)
    if any(checks.of_files(plan, laid.files)):
        return Outcome(files=laid.files)  # what is refused is not run
    files = fetched.folder.parents[1]
    run = partial(running.run, children, plan, folder=laid.folder, files=files)
    if beside is None:
        found = _twice(plan, script, run, work)
    else:
        found = _apart(plan, script, beside, run, work)
    return found.model_copy(update={"files": laid.files})


def _twice(plan: Plan, script: Script, run: partial[Outcome], work: Path) -> Outcome:
    """Return what a process gives, and whether a second one gives it again."""
    first = run(script, work=work / "first")
    if "L8" not in plan.layers or not _repeats(first).digest or _is_ended(first):
        return first
    again = run(script, work=work / "second", only_example=True)
    digest = _repeats(again).digest
    same = digest == _repeats(first).digest if digest else None
    repeats = _repeats(first).model_copy(update={"new_process": same})
    return joined(first.model_copy(update={"repeats": repeats}), {AGAIN: again})


def _apart(plan: Plan, script: Script, beside: Apart, run: partial[Outcome], work: Path) -> Outcome:
    """Return what cardkit's own script gives, once the example has run by itself.

    What is measured is never what the example's own process says.
    """
    shown = run(script, work=work / "shown", only_example=True)
    if _is_ended(shown) or shown.reached != ENDED or not shown.loads:
        return without_measures(shown)
    if beside.script is None:
        return without_measures(shown, beside.said)
    measured = _twice(plan, beside.script, run, work)
    return joined(measured.model_copy(update={"printed": shown.printed}), {SHOWN: shown})


def _repeats(found: Outcome) -> Repeats:
    return found.repeats if isinstance(found.repeats, Repeats) else Repeats()


def _is_ended(found: Outcome) -> bool:
    return found.isolation is not None and found.isolation.stopped is not None
