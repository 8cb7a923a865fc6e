"""Where a model's tree and its bytes come from: its hub, or a mirror that is held to the hub.

A mirror only brings bytes. What they must be is asked of the hub itself, wherever it can be
reached; where it cannot, the mirror's own tree is all there is, and that is said.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from cardkit.errors import UsageError
from cardkit.hubs.address import Address
from cardkit.hubs.faults import HubError
from cardkit.hubs.hub import Hub
from cardkit.hubs.table import HUBS
from cardkit.hubs.tree import RemoteFile, Tree
from cardkit.hubs.web import Web, is_here, origin_of

ORIGIN = "CARDKIT_ORIGIN"
"""Variable: the address that counts as the hub's own, for tests and for a hub of one's own.

The token is sent there.
"""
ORIGIN_TRIES, ORIGIN_CONNECT = 2, 5.0
"""A hub behind a wall must not hold up its mirror: few tries, and few seconds for each."""
Say = Callable[[str], None]


class Source(NamedTuple):
    """A model at a revision that is settled, and who brings it."""

    hub: Hub
    web: Web
    """Brings the bytes."""
    tree: Tree
    tree_from: str
    """Host that told the tree."""
    at: str
    """The revision in the addresses of files."""
    code: str
    """What a file with another hash is."""

    def url(self, file: RemoteFile) -> str:
        """Return the address of a file's bytes."""
        return self.hub.url(self.web.base, self.web.what, self.at, file.path)


@contextmanager
def source(
    asked: Address,
    endpoint: str | None,
    origin: str | None,
    stop: threading.Event,
    say: Say,
    note: Say,
) -> Iterator[Source]:
    """Settle a revision, and give who brings its files. Raises HubError."""
    hub = HUBS[asked.hub]
    revision = asked.revision or hub.REVISION
    own = _own(hub, origin)
    base = _address(endpoint or os.environ.get(hub.ENDPOINT) or own[0])
    if not (is_here(base) and is_here(own[0])):
        _refuse_offline(asked)
    is_own = origin_of(base) in map(origin_of, own)
    brings = Web(hub, base, asked.id, trusted=is_own, stop=stop, say=say)
    asks = brings
    if not is_own:
        asks = Web(
            hub, own[0], asked.id, trusted=True, stop=stop, say=say,
            tries=ORIGIN_TRIES, connect=ORIGIN_CONNECT,
        )  # fmt: skip
    try:
        code = "hub.hash_mismatch" if is_own else "hub.mirror_mismatch"
        try:
            tree = hub.tree(asks, asked.id, revision)
        except HubError as error:
            if is_own or error.code not in ("hub.network", "hub.gated", "hub.not_found"):
                raise
            tree = hub.tree(brings, asked.id, revision)
            _refuse_unknown(error, brings, asks)
            note(
                f"{asks.host} did not tell its files ({error.problem}): "
                f"they are held only to what {brings.host} says of itself"
            )
            asks, code = brings, "hub.hash_mismatch"
        yield Source(hub, brings, tree, asks.host, tree.commit or revision, code)
    finally:
        brings.close()
        asks.close()


def is_mirrored(hub: Hub) -> bool:
    """Return whether the environment names a mirror of a hub, which is never sent a token."""
    given = os.environ.get(hub.ENDPOINT)
    return bool(given) and origin_of(_address(str(given))) not in map(origin_of, _own(hub, None))


def _own(hub: Hub, origin: str | None) -> list[str]:
    """Return the addresses that are the hub's own."""
    given = origin or os.environ.get(ORIGIN)
    return [_address(given)] if given else [f"https://{host}" for host in hub.HOSTS]


def _refuse_unknown(error: HubError, mirror: Web, own: Web) -> None:
    """Refuse what a mirror has and its hub has not."""
    if error.code == "hub.not_found":
        raise HubError(
            "hub.mirror_mismatch",
            f"{mirror.host} has it, but not {own.host}, whose mirror it should be: "
            f"{error.problem.partition(' [')[0]}",
            where=mirror.what,
            todo=f"if {mirror.host} is a hub of its own, set {ORIGIN} to its address",
        ) from None


def _address(written: str) -> str:
    parts = urlsplit(written if "://" in written else f"https://{written}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"no address of a hub: {written!r}", todo="write it as https://hub.example"
        )
    return parts.geturl().rstrip("/")


def _refuse_offline(asked: Address) -> None:
    from huggingface_hub import constants

    if asked.hub == "huggingface" and constants.is_offline_mode():
        raise HubError(
            "hub.network",
            "HF_HUB_OFFLINE is set: the hub may not be asked",
            where=asked.id,
            todo="unset it to fetch",
        )
