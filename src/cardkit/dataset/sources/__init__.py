"""Sources of cards: one kind is one file that fulfils `Kind`, and a row of KINDS."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple, Protocol

from cardkit.dataset import far
from cardkit.dataset.sources import entries, folder, hub_ids, jsonl, parquet, tar
from cardkit.dataset.sources.source import Choice, Found, Source
from cardkit.errors import UsageError


class Kind(Protocol):
    """What a file of this folder must hold."""

    def is_one(self, path: str) -> bool:
        """Return whether a source of this kind stands at a path."""

    def size(self, source: Source) -> int:
        """Return its bytes, or what is like them: they tell how far a build is."""

    def digest(self, source: Source) -> str | None:
        """Return what changes when anything in it does; None: its cards must be looked at."""

    def cards(self, source: Source) -> Iterator[Found]:
        """Yield its cards in their order."""


# In the order in which they are asked; a folder is what is left.
KINDS: dict[str, Kind] = {
    "hub ids": hub_ids,
    "registry": entries,
    "jsonl": jsonl,
    "parquet": parquet,
    "tar": tar,
    "folder": folder,
}


class Asked(NamedTuple):
    """A source as it was written: a name before it, or its own."""

    name: str
    path: str


def find(written: Iterable[str], choice: Choice = Choice()) -> list[Source]:  # noqa: B008 - frozen
    """Return the sources that are meant, by their names.

    Raises UsageError if there is none, or two have one name.
    """
    found: dict[str, Source] = {}
    for each in chain.from_iterable(map(_spread, written)):
        name, path = Asked(each, each) if hub_ids.is_id(each) else _asked(each)
        kind = next((kind for kind, row in KINDS.items() if row.is_one(path)), None)
        if kind is None:
            raise UsageError(
                "there is no such file or folder", where=path, todo="check the path of the source"
            )
        if name in found:
            raise UsageError(
                f"two sources are called {name}: {found[name].path} and {path}",
                todo=f"give one of them another name: NAME={path}",
            )
        found[name] = Source(name, kind, path, choice)
    return [found[name] for name in sorted(found)]


def cards(source: Source) -> Iterator[Found]:
    """Yield the cards of a source."""
    return KINDS[source.kind].cards(source)


def _spread(written: str) -> list[str]:
    """Return the sources that a far pattern means; all else is a source itself."""
    name, equals, path = written.rpartition("=")
    if not (far.is_far(path) and "*" in path):
        return [written]
    return [name + equals + each for each in far.matching(path)]


def _asked(written: str) -> Asked:
    """Return a source with its name.

    >>> _asked("dumps/pool.jsonl.gz"), _asked("mine=cards/")
    (Asked(name='pool.jsonl.gz', path='dumps/pool.jsonl.gz'), Asked(name='mine', path='cards/'))
    """
    name, equals, path = written.partition("=")
    if equals and name and "/" not in name and not os.path.lexists(written):
        return Asked(name, path)
    bare = written.removeprefix("ids:").removeprefix("registry:").rstrip("/") or written
    last = bare.rpartition("/")[2]
    if last in ("", ".", ".."):
        last = os.path.basename(os.path.realpath(bare)) or "registry"
    return Asked("registry" if written == "registry:" else last, written)
