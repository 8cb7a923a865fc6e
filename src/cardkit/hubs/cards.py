"""Reads a model's card straight from its hub."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from cardkit import inputs
from cardkit.hubs import address
from cardkit.hubs.asking import Source, source
from cardkit.hubs.faults import HubError, TryAgainError
from cardkit.hubs.part import new_hash
from cardkit.hubs.table import HUBS
from cardkit.hubs.tree import RemoteFile

if TYPE_CHECKING:
    from cardkit.hubs.own_files import OwnFiles

NAMES = ("README.md", "readme.md", "README.MD", "Readme.md")


class HubCard(NamedTuple):
    """A card as its hub has it."""

    uri: str
    """As it was asked for."""
    id: str
    raw: bytes
    pinned: str
    """The address with the commit that it was resolved to, where the hub has one."""
    notes: tuple[str, ...] = ()
    own: OwnFiles | None = None
    """What the model's own files say, where that was asked for."""


def read_card(
    uri: str,
    *,
    endpoint: str | None = None,
    origin: str | None = None,
    with_config: bool = False,
) -> HubCard:
    """Return the README.md of `hf:owner/name@revision`, held to its hash.

    With its config, what the model's own files say at that revision comes along.
    Raises UsageError, HubError, and TooLargeError.
    """
    asked = address.read(uri)
    notes: list[str] = []
    with source(asked, endpoint, origin, threading.Event(), lambda _: None, notes.append) as found:
        files = {file.path: file for file in found.tree.files}
        name = next((name for name in NAMES if name in files), None)
        if name is None:
            raise HubError(
                "hub.not_found",
                f"it has no {NAMES[0]} at {asked.revision or HUBS[asked.hub].REVISION}",
                where=uri,
                todo="look at its files on the hub, or give the card itself",
            )
        inputs.check_size(files[name].size, uri)
        pinned = f"{uri.partition(':')[0]}:{asked.id}@{found.at}"
        raw, own = bytes_of(found, files[name]), None
        if with_config:
            from cardkit.hubs import own_files

            own = own_files.read(found)
            notes += own.notes
        return HubCard(uri, asked.id, raw, pinned, tuple(notes), own)


def bytes_of(found: Source, file: RemoteFile) -> bytes:
    """Return a small file's bytes, held to its hash. Raises HubError."""

    def read() -> bytes:
        taken = b""
        with found.web.stream(found.url(file)) as response:
            for piece in response.iter_raw():
                taken += piece
                if len(taken) > file.size:
                    break
        if len(taken) < file.size:
            raise TryAgainError(f"it ends after {len(taken)} of {file.size} bytes")
        return taken

    raw = found.web.patiently(read)
    held = new_hash(file)
    held.update(raw)
    if held.hexdigest() != file.digest:
        raise HubError(
            found.code,
            f"{found.web.host} gives other bytes than the tree says",
            where=f"{found.web.what}: {file.path}",
            todo="try again, and from another endpoint if it stays so",
        )
    return raw
