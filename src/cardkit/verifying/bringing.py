"""The files of a plan's model: of its hub, of a mirror, of the cache, or a stand-in's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cardkit.hubs import HUBS, cache, fetch
from cardkit.hubs.cached import cached
from cardkit.hubs.fetching import Fetched, Unwatched, Watch
from cardkit.plan import Plan
from cardkit.rehearsal import hub
from cardkit.verifying import disk, standing_in
from cardkit.verifying.children import Children

REMOTE_CODE = ("*.py",)
"""Fetched too where code of the repository may run."""


class Ways(NamedTuple):
    """How files come and what stays of them."""

    endpoint: str | None = None
    origin: str | None = None
    cache_folder: str | Path | None = None
    offline: bool = False
    keep: bool = False
    watch: Watch = Unwatched()


@contextmanager
def brought(
    plan: Plan, ways: Ways, work: Path, children: Children, card: str | None
) -> Iterator[tuple[Fetched, frozenset[str]]]:
    """Give the model's files, and the blobs that lay here before them."""
    globs = list(plan.entry.load.files.value) if plan.entry.load.files else []
    if plan.allow_remote_code and globs:
        globs += REMOTE_CODE
    if plan.rehearsal:
        ways.watch.say(f"{plan.entry.name}: building a stand-in of the same architecture")
        made = standing_in.build(children, plan, card, work / "standin")
        with hub.serve(made, plan.id, plan.hub, revision=plan.revision) as address:
            yield (
                fetch(
                    _name(plan),
                    revision=plan.revision,
                    endpoint=address,
                    origin=address,
                    cache_folder=work / "cache",
                    files=globs,
                ),
                frozenset(),
            )
        return
    before = disk.lying(cache.place(cache_of(plan, ways), plan.id).folder)
    if ways.offline:
        yield (
            cached(
                _name(plan),
                revision=plan.revision,
                cache_folder=ways.cache_folder,
                files=globs,
                watch=ways.watch,
            ),
            before,
        )
        return
    yield (
        fetch(
            _name(plan),
            revision=plan.revision,
            endpoint=ways.endpoint,
            origin=ways.origin,
            cache_folder=ways.cache_folder,
            files=globs,
            watch=ways.watch,
        ),
        before,
    )


def cache_of(plan: Plan, ways: Ways) -> Path:
    """Return where models are kept."""
    root = Path(ways.cache_folder).expanduser() if ways.cache_folder else HUBS[plan.hub].cache()
    return root.absolute()


def _name(plan: Plan) -> str:
    prefix = {"huggingface": "hf"}.get(plan.hub, plan.hub)
    return f"{prefix}:{plan.id}"
