"""One verification: plan, fetch, rewrite, run, judge, report."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cardkit import __version__, checks, rewrites
from cardkit.checks.layers import judged
from cardkit.errors import CardkitError
from cardkit.hubs import HUBS, HubError
from cardkit.hubs.fetching import Fetched, NothingWantedError
from cardkit.outcome import Outcome
from cardkit.plan import Plan, Script
from cardkit.rehearsal.faults import CannotRehearseError
from cardkit.report import Disk, Finding, Report
from cardkit.rewrites import RefusedError
from cardkit.sandbox.removing import temporary_folder
from cardkit.sandbox.running import SandboxError
from cardkit.verifying import disk, environment, holding, kept
from cardkit.verifying.bringing import Ways, brought, cache_of
from cardkit.verifying.children import Children
from cardkit.verifying.holding import REMOTE
from cardkit.verifying.planning import PlanError
from cardkit.verifying.scrubbing import scrubbed
from cardkit.vocabulary.codes import code

NO_SANDBOX = (
    "code of the repository runs in a sandbox only, and there is none on this machine",
    rewrites.SANDBOX,
)


class Ran(NamedTuple):
    """What became of a plan."""

    outcome: Outcome
    script: Script | None = None
    findings: tuple[Finding, ...] = ()
    fetched: tuple[Fetched, frozenset[str]] | None = None
    """The files, and the blobs that lay here before them; None for a stand-in's."""
    unfetched: Finding | None = None
    """Why nothing was fetched."""
    measured: str = ""
    """Where the measures were made, where that was not beside the example alone."""


def verification(plan: Plan, ways: Ways, children: Children, card: str | None) -> Report:
    """Return the report of a plan; what stopped it stands in the report.

    `card`: the raw card, for a stand-in to learn its words from.
    """
    began, clock = datetime.now(UTC), time.monotonic()
    with temporary_folder() as work:
        ran = _run(plan, ways, work, children, card)
        report = _report(plan, ran, ways)
        report = report.model_copy(
            update={
                "disk": _freed(report, ran, ways),
                "began": began.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "seconds": round(time.monotonic() - clock, 3),
            }
        )
        places = {"MODEL": work / "model", "WORK": work}
        if not plan.rehearsal and not cache_of(plan, ways).is_relative_to(Path.home()):
            places["CACHE"] = cache_of(plan, ways)
        return Report.model_validate(scrubbed(report.model_dump(mode="json"), places))


def _freed(report: Report, ran: Ran, ways: Ways) -> Disk | None:
    """Free what came for a model that passed; all else stays, to be looked at or tried again."""
    if ran.fetched is None:
        return None
    return disk.free(*ran.fetched, keep=ways.keep or report.verdict != "passed")


def _run(plan: Plan, ways: Ways, work: Path, children: Children, card: str | None) -> Ran:
    """Go the whole way, as far as it goes."""
    missing = environment.faults() or environment.device_faults(plan)
    if missing:
        return Ran(Outcome(), findings=tuple(missing))
    children.expect(plan)
    packages = environment.packages()
    is_open = children.rung(plan) == "process"
    if is_open and plan.allow_remote_code:
        return Ran(Outcome(), findings=(_finding("load.remote_code_required", *NO_SANDBOX),))
    try:
        script = rewrites.apply(plan, packages)
        if script.foreign and is_open:
            script = rewrites.parsed(plan, packages)
    except RefusedError as error:
        return Ran(Outcome(), findings=(_blocked(error.code, error),))
    beside = holding.apart(plan, script, packages)
    try:
        with brought(plan, ways, work, children, card) as (fetched, before):
            outcome = holding.held(plan, script, beside, fetched, work, children)
    except CannotRehearseError as error:
        return Ran(Outcome(), script, (_blocked(error.code, error),))
    except SandboxError as error:
        return Ran(Outcome(), script, (_blocked("run.exception", error),))
    except NothingWantedError as error:
        return Ran(Outcome(), script, unfetched=_blocked("hub.not_found", error))
    except HubError as error:
        said = error.problem.removesuffix(f" [{error.code}]")
        where = f"{error.where}: " if error.where else ""
        return Ran(Outcome(), script, unfetched=_finding(error.code, where + said, error.todo))
    refused = (_blocked(beside.refused.code, beside.refused),) if beside and beside.refused else ()
    told = beside.said if beside else REMOTE if plan.allow_remote_code else ""
    return Ran(
        outcome,
        script,
        refused,
        fetched=None if plan.rehearsal else (fetched, before),
        measured=told if outcome.loads else "",
    )


def _report(plan: Plan, ran: Ran, ways: Ways) -> Report:
    outcome, script = ran.outcome, ran.script
    layers = checks.judge(plan, outcome)
    unfetched = (ran.unfetched,) if ran.unfetched else checks.of_files(plan, outcome.files)
    if ran.unfetched and "L0" in plan.layers:
        layers = (judged("L0", unfetched, "nothing was fetched"), *layers[1:])
    findings = (
        *(() if "L0" in plan.layers else unfetched),
        *ran.findings,
        *checks.findings(plan, outcome),
        *_of_example(plan, script),
    )
    return Report(
        model=plan.entry.name,
        verdict=checks.verdict(layers, findings),
        rehearsal=plan.rehearsal,
        simulated=bool(outcome.environment and outcome.environment.simulated),
        device=plan.device,
        dtype=outcome.loads[-1].dtype or None if outcome.loads else None,
        layers=layers,
        findings=findings,
        origin=script.origin if script else plan.source.origin,
        printed_example=plan.source.printed,
        example=script.code if script else None,
        changes=script.changes if script else (),
        refused=(script.refused if script else "") or plan.source.because,
        measured=ran.measured,
        answers=outcome.answers,
        files=outcome.files,
        isolation=outcome.isolation,
        environment=outcome.environment,
        speed=outcome.speed,
        cardkit=__version__,
        command=_command(plan, ways),
        key=kept.key(plan),
    )


def _of_example(plan: Plan, script: Script | None) -> Iterator[Finding]:
    """Yield what is wrong with the card's example, though something could be run."""
    if script is None:
        return
    of_card = [each for each in script.changes if (each.code or "").startswith("card.")]
    codes = {str(change.code): (change.because, "") for change in of_card}
    if script.refused_code:
        codes[script.refused_code] = script.refused, script.todo
    elif plan.source.origin != "card":
        shown = "card.other_model_id" if plan.source.printed else "card.code_missing"
        codes[shown] = plan.source.because, ""
    for name, (said, todo) in codes.items():
        yield Finding(code=name, severity="warning", said=said, todo=todo or code(name).todo)


def _command(plan: Plan, ways: Ways) -> str:
    """Return the command that gives this report again."""
    words = ["cardkit", "verify", plan.entry.name, "--device", plan.device]
    wishes = {
        "--dtype": plan.dtype,
        "--seed": str(plan.seed) if plan.seed else None,
        "--revision": plan.revision,
        "--endpoint": ways.endpoint,
        "--hub": plan.hub if len(_hubs(plan)) > 1 else None,
    }
    words += [word for name, wish in wishes.items() if wish for word in (name, wish)]
    switches = {
        "--rehearse": plan.rehearsal,
        "--allow-remote-code": plan.allow_remote_code,
        "--offline": ways.offline,
    }
    words += [name for name, wish in switches.items() if wish]
    return shlex.join(words)


def _hubs(plan: Plan) -> list[str]:
    return [name for name in HUBS if getattr(plan.entry.hubs, name) is not None]


def unplanned(error: PlanError, name: str, device: str, *, rehearsal: bool) -> Report:
    """Return the report of an entry that no plan can be made of."""
    return Report(
        model=name,
        verdict="blocked",
        rehearsal=rehearsal,
        device=device,
        findings=(_blocked(error.code, error),),
        cardkit=__version__,
    )


def _blocked(name: str, error: CardkitError) -> Finding:
    """Return what kept a model from being tried, whatever its code is elsewhere."""
    todo = error.todo or code(name).todo
    return Finding(code=name, severity="blocked", said=error.problem, todo=todo)


def _finding(name: str, said: str, todo: str = "") -> Finding:
    known = code(name)
    severity = "fail" if known.severity == "fail" else "blocked"
    return Finding(code=name, severity=severity, said=said, todo=todo or known.todo)
