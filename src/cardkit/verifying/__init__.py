"""Verify: fetch a model, run its documented example, check what comes out.

`verify` does it for one entry; `verify_all` for many, going on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from cardkit.entries import registry as registries
from cardkit.entries import verified
from cardkit.entries.entry import Entry
from cardkit.entries.registry import Registry
from cardkit.hubs.fetching import Unwatched, Watch
from cardkit.plan import Limits
from cardkit.report import Report
from cardkit.report import read as read_report
from cardkit.verifying import kept, planning
from cardkit.verifying.bringing import Ways
from cardkit.verifying.children import Children
from cardkit.verifying.planning import PlanError, Wishes
from cardkit.verifying.verification import unplanned, verification

__all__ = ["Judged", "Ways", "Wishes", "read_report", "verify", "verify_all"]


class Judged(NamedTuple):
    """A report, and where it is kept."""

    report: Report
    path: Path | None
    """None for what could not be planned, and for what was blocked where a judged report is."""
    is_new: bool
    """Whether it was judged now; False: a kept report still holds."""


def verify(
    name: str,
    *,
    device: str = "cpu",
    rehearse: bool = False,
    layers: Sequence[str] = (),
    dtype: str | None = None,
    seed: int = 0,
    timeout: float | None = None,
    max_memory: int | None = None,
    allow_remote_code: bool = False,
    hub: str | None = None,
    revision: str | None = None,
    endpoint: str | None = None,
    origin: str | None = None,
    cache_folder: str | Path | None = None,
    offline: bool = False,
    keep: bool = False,
    registry_folder: str | Path | None = None,
    watch: Watch | None = None,
) -> Report:
    """Return the report of one entry's model on one device, and keep it beside the entry.

    `timeout` is in seconds, `max_memory` in bytes. `origin` is the hub's own address, for tests
    and for hubs of one's own. Raises UsageError for wishes that are none; all that goes wrong
    with the model stands in the report.
    """
    limits = Limits(**_given(seconds=timeout, memory=max_memory))
    wishes = Wishes(device, dtype, layers, hub, revision, seed, limits, allow_remote_code, rehearse)
    ways = Ways(endpoint, origin, cache_folder, offline, keep, watch or Unwatched())
    (judged,) = verify_all([name], wishes, ways, registry_folder=registry_folder, again=True)
    return judged.report


def verify_all(
    names: Sequence[str] | None,
    wishes: Wishes,
    ways: Ways,
    *,
    registry_folder: str | Path | None = None,
    again: bool = False,
    children: Children | None = None,
) -> Iterator[Judged]:
    """Yield the report of each entry, all for None; what a kept report says is not judged twice.

    One that fails or is blocked does not stop the others. `children`: those of an earlier call,
    which have torch already.
    """
    place = registries.find(registry_folder)
    entries = [place.find(name) for name in (place.names() if names is None else names)]
    with nullcontext(children) if children else Children() as starts:
        for entry in entries:
            yield _judged(place, entry, wishes, ways, starts, again=again)


def _judged(
    place: Registry, entry: Entry, wishes: Wishes, ways: Ways, children: Children, *, again: bool
) -> Judged:
    folder = verified.folder(place, entry.name)
    try:
        plan = planning.make(place, entry, wishes)
    except PlanError as error:
        device = planning.device(wishes.device)
        report = unplanned(error, entry.name, device, rehearsal=wishes.rehearse)
        return Judged(report, None, is_new=True)
    held = None if again else kept.done(plan, folder)
    if held is not None:
        return Judged(held, folder / kept.name(plan), is_new=False)
    report = verification(plan, ways, children, planning.card(place, entry))
    return Judged(report, kept.keep(report, folder, kept.name(plan)), is_new=True)


def _given(**wishes: float | int | None) -> dict[str, float | int]:
    return {name: wish for name, wish in wishes.items() if wish is not None}
