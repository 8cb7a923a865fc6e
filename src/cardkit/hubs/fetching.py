"""Brings a model's files, each held to the hash that its hub tells: see `fetch`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from cardkit.errors import UsageError
from cardkit.hubs import address, cache, several
from cardkit.hubs.address import Address
from cardkit.hubs.asking import Source, source
from cardkit.hubs.download import download
from cardkit.hubs.table import HUBS
from cardkit.hubs.tree import RemoteFile, Tree

AT_ONCE = 4
"""Files that come at the same time."""


class Watch(Protocol):
    """Whoever looks on; called from the thread that fetches."""

    def begin(self, files: int, size: int, missing: int) -> None:
        """Hear how many files there are, their bytes, and how many of those are to come."""

    def step(self, size: int) -> None:
        """Hear of bytes that came or were checked; fewer than 0 that were wrong."""

    def say(self, sentence: str) -> None:
        """Hear what else is to be known."""


class Unwatched:
    """Looks away."""

    def begin(self, files: int, size: int, missing: int) -> None:
        """Nothing."""

    def step(self, size: int) -> None:
        """Nothing."""

    def say(self, sentence: str) -> None:
        """Nothing."""


class NothingWantedError(UsageError):
    """The repository has none of the files that were asked for."""


class Fetched(NamedTuple):
    """A model on this machine: which files exactly, and where."""

    hub: str
    """A name of `table.HUBS`."""
    id: str
    revision: str
    """As it was asked for."""
    commit: str | None
    """What it was resolved to; None where the hub has none."""
    pin: str
    """The commit, or the hash over the files' hashes."""
    folder: Path
    """Its files under their own names; `from_pretrained` takes it."""
    files: tuple[RemoteFile, ...]
    """Each was held to its hash, now."""
    endpoint: str
    """Host that the bytes came from."""
    tree_from: str
    """Host that told their hashes: the hub's own, or the mirror's where that was not reached."""
    came: int
    """Bytes that came over the network now; the others lay here."""
    notes: tuple[str, ...] = ()
    """What a reader of a report must know."""
    others: tuple[str, ...] = ()
    """Files of the repository that were not asked for."""


def fetch(
    name: str,
    *,
    revision: str | None = None,
    hub: str | None = None,
    endpoint: str | None = None,
    cache_folder: str | Path | None = None,
    files: Sequence[str] = (),
    registry_folder: str | None = None,
    origin: str | None = None,
    watch: Watch | None = None,
) -> Fetched:
    """Bring a model's files into the cache; every byte is checked, also of those that lay there.

    `name`: an entry, `owner/name`, or `hf:owner/name@revision`. `endpoint`: a mirror's address;
    else the variable of the hub's client. `origin`: the hub's own address, for tests and for
    hubs of one's own. Raises UsageError, and HubError with its code.
    """
    asked = address.find(
        name, hub=hub, revision=revision, files=tuple(files), registry_folder=registry_folder
    )
    watch = watch or Unwatched()
    stop = threading.Event()
    notes: list[str] = []

    def note(sentence: str) -> None:
        notes.append(sentence)
        watch.say(sentence)

    with source(asked, endpoint, origin, stop, watch.say, note) as found:
        wanted = _wanted(found.tree, asked)
        root = Path(cache_folder).expanduser() if cache_folder else HUBS[asked.hub].cache()
        here = cache.place(root.absolute(), asked.id)
        _bring(found, wanted, here, stop, watch)
        cache.refer(here, asked.revision or HUBS[asked.hub].REVISION, found.tree.pin)
    return Fetched(
        asked.hub,
        asked.id,
        asked.revision or HUBS[asked.hub].REVISION,
        found.tree.commit,
        found.tree.pin,
        here.snapshot(found.tree.pin),
        tuple(wanted),
        found.web.host,
        found.tree_from,
        found.web.came,
        tuple(notes),
        tuple(file.path for file in found.tree.files if file not in wanted),
    )


def _wanted(tree: Tree, asked: Address) -> list[RemoteFile]:
    """Return the files that are asked for, in the order of their paths."""
    from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

    if not asked.files:
        return list(tree.files)
    found = list(
        filter_repo_objects(tree.files, allow_patterns=list(asked.files), key=lambda f: f.path)
    )
    if not found:
        raise NothingWantedError(
            f"{asked.id} has no file like {' or '.join(asked.files)}",
            todo=f"there are {', '.join(file.path for file in tree.files[:12])}",
        )
    return found


def _bring(
    found: Source, files: list[RemoteFile], here: cache.Place, stop: threading.Event, watch: Watch
) -> None:
    """Bring what is missing."""
    same: dict[str, list[RemoteFile]] = {}
    for file in files:
        same.setdefault(file.digest, []).append(file)
    once = sorted((group[0] for group in same.values()), key=lambda file: -file.size)
    missing = cache.needed(here, once)
    cache.check_room(here, missing, found.web.what)
    watch.begin(len(files), sum(file.size for file in once), missing)

    def job(group: list[RemoteFile]) -> Callable[[several.Tell], None]:
        return lambda tell: _one(found, group, here, stop, tell)

    for told in several.run([job(same[file.digest]) for file in once], AT_ONCE, stop):
        if isinstance(told, int):
            watch.step(told)
        else:
            watch.say(told)


def _one(
    found: Source,
    group: list[RemoteFile],
    here: cache.Place,
    stop: threading.Event,
    tell: several.Tell,
) -> None:
    """Bring one file, and let it be found under each of its names."""
    file, commit = group[0], found.tree.pin
    with cache.locked(here, file, stop, tell):
        if not cache.has(here, commit, file, tell):
            for each in group:
                cache.unlink(here, commit, each)
            partial = here.partial(file)
            cache.refuse_link(partial)
            url = found.url(file)
            download(found.web, url, file, partial, code=found.code, tell=tell)
            os.replace(partial, here.blob(file))
        for each in group:
            cache.link(here, commit, each)
