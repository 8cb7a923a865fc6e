"""Builds a data set: sources are cut into parts, parts are read and written, then published.

Nothing of an earlier build changes before all parts are there. What is stopped goes on where it
was, since a part that is written is not read again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from cardkit.dataset import manifest, publishing, sources
from cardkit.dataset.engines import ENGINES, How
from cardkit.dataset.extra import need
from cardkit.dataset.far import is_far
from cardkit.dataset.manifest import Known, Manifest
from cardkit.dataset.parts import MOST_CARDS, Part, cut, fingerprint
from cardkit.dataset.reading import UNFINISHED, Watch, silent
from cardkit.dataset.shelf import Shelf, writing
from cardkit.dataset.sources.source import Choice, Source
from cardkit.dataset.tables import TABLES
from cardkit.errors import CardkitError, UsageError
from cardkit.tables import pick


class Built(NamedTuple):
    """What came of a build."""

    folder: str
    cards: int
    """Of all its sources."""
    read: int
    """Cards that were read now; the others were there."""
    rows: dict[str, int]
    """By table."""


def build(
    written: Sequence[str],
    folder: str,
    *,
    choice: Choice = Choice(),  # noqa: B008 - frozen
    jsonl: bool = False,
    refresh: bool = False,
    part_cards: int = MOST_CARDS,
    engine: str = "local",
    how: How = How(),  # noqa: B008 - frozen
    plan: Callable[[list[Source]], Watch] = lambda _: silent,
) -> Built:
    """Build a data set from sources, or add them to one; a source of a known name is replaced.

    `refresh` asks hubs again for cards that were fetched before. `plan` is told the sources and
    gives what watches their cards.
    """
    need("pyarrow")
    run = pick(ENGINES, engine, "engine")
    shelf = Shelf(folder)
    with _alone(shelf):
        old = _opened(shelf)
        found = sources.find(written, choice)
        _check(old, found)
        if not shelf.far:
            found = [_keeping(shelf, source, refresh=refresh) for source in found]
        there = set(shelf.names())
        known: dict[str, Known] = {**old.sources}
        done: dict[str, list[manifest.Part]] = {}
        read = 0
        watch = plan(found)

        def parts() -> Iterator[Part]:
            """Yield the parts that are not there; note all."""
            nonlocal read
            for source in found:
                place, digest = _place(source), sources.KINDS[source.kind].digest(source)
                before = old.sources.get(source.name)
                same = digest and before and (before.digest, before.kind) == (digest, source.kind)
                if (
                    before
                    and same
                    and old.fingerprint == fingerprint()
                    and all(_is_there(part.name, there) for part in before.parts)
                ):
                    done[source.name] = list(before.parts)
                    continue
                listed = done.setdefault(source.name, [])
                for part in cut(source, sources.cards(source), part_cards):
                    listed.append(manifest.Part(part.name, len(part.cards)))
                    if not _is_there(part.name, there):
                        read += len(part.cards)
                        yield part
                known[source.name] = Known(source.kind, place, digest, ())

        for _ in run(parts(), shelf, how, watch):
            pass
        for name, listed in done.items():
            known[name] = known[name]._replace(parts=tuple(listed))
        new = Manifest(
            fingerprint=fingerprint(), sources={name: known[name] for name in sorted(known)}
        )
        new = publishing.publish(shelf, new, old, jsonl=jsonl)
        rows = dict.fromkeys(TABLES, 0)
        for path, file in new.files.items():
            rows[path.partition("/")[0]] += file.rows
        cards = sum(part.cards for each in new.sources.values() for part in each.parts)
        return Built(shelf.root, cards, read, rows)


@contextmanager
def _alone(shelf: Shelf) -> Iterator[None]:
    """Let no other build work in a folder of this machine. Raises BusyError."""
    if shelf.far:
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(shelf.path(".lock"), timeout=0)
    try:
        with writing(shelf.root):
            os.makedirs(shelf.root, exist_ok=True)
            try:
                lock.acquire()
            except Timeout:
                raise BusyError(
                    "another build is at work in this folder",
                    where=shelf.root,
                    todo="wait for it, or build into another folder",
                ) from None
        yield
    finally:
        lock.release()


class BusyError(CardkitError):
    """A folder that another process builds in."""

    exit_code = 3


def _opened(shelf: Shelf) -> Manifest:
    """Return the manifest of what is in a folder. Raises UsageError if that is something else."""
    found = manifest.read(shelf)
    if found is None and any(not name.startswith(".") for name in shelf.names()):
        raise UsageError(
            "this folder holds something else",
            where=shelf.root,
            todo="give a new folder, or one that a build began",
        )
    if found is None:
        found = manifest.new()
        shelf.put(manifest.FILE, found.as_json())  # now it is a data set, though an empty one
    return found


def _check(old: Manifest, found: list[Source]) -> None:
    """Refuse what would lose or mix rows. Raises UsageError."""
    for source in found:
        before = old.sources.get(source.name)
        if before and before.place != _place(source):
            raise UsageError(
                f"the data set has a source {source.name} from another place",
                where=source.path,
                todo=f"give it another name: NAME={source.path}; or build into another folder",
            )
    rest = sorted(set(old.sources) - {source.name for source in found})
    if old.sources and old.fingerprint != fingerprint() and rest:
        raise UsageError(
            f"another cardkit built this data set, and its rows of {', '.join(rest)} would stay",
            todo="name all its sources, so that all are read anew; or build into another folder",
        )


def _place(source: Source) -> str:
    """Return a digest of where a source lies: a path of a machine is nobody's business."""
    path = source.path
    if os.path.lexists(path) and not is_far(path):
        path = os.path.realpath(path)
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _keeping(shelf: Shelf, source: Source, *, refresh: bool) -> Source:
    """Return a source of hub ids with the file that keeps what was fetched."""
    if source.kind != "hub ids":
        return source
    digest = hashlib.sha256(source.name.encode()).hexdigest()[:16]
    path = shelf.path(f".fetched/{digest}.jsonl")
    if refresh and os.path.exists(path):
        os.remove(path)
    return source._replace(kept=path)


def _is_there(name: str, there: set[str]) -> bool:
    """Return whether all files of a part are there, published or not."""
    return all(
        f"{table}/{name}.parquet" in there or f"{UNFINISHED}/{table}/{name}.parquet" in there
        for table in TABLES
    )
