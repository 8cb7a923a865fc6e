"""A file on its way: the bytes that came so far, on disk, and their hash.

Hashing runs beside the reading, at most PIECES ahead, so that memory stays flat.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from cardkit.hubs.tree import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PIECE = 1 << 20
"""Bytes that are read from disk at once."""
PIECES = 64
"""Pieces of the network, some 64 kB each, that wait for their hash."""


class Hash(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def hexdigest(self) -> str:
        """Return the hash so far."""


def new_hash(file: RemoteFile) -> Hash:
    """Return the hash of no bytes yet, of the kind that the tree tells of a file.

    >>> new_hash(RemoteFile("empty", 0, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")).hexdigest()
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    if file.algorithm == "sha256":
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)


def is_good(path: Path, file: RemoteFile, tell: Callable[[int], None]) -> bool:
    """Return whether a file has its size and hash; `tell` is told the bytes that were read."""
    if path.stat().st_size != file.size:
        return False
    found = new_hash(file)
    with path.open("rb", buffering=0) as opened:
        while piece := opened.read(PIECE):
            found.update(piece)
            tell(len(piece))
    return found.hexdigest() == file.digest


class Part:
    """Takes the bytes of a file in their order; begins with those that an earlier run left."""

    def __init__(self, path: Path, file: RemoteFile, tell: Callable[[int], None]) -> None:
        self.file = file
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._opened = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
        self._hash = new_hash(file)
        self.size = 0
        """Bytes so far."""
        while piece := self._opened.read(PIECE):
            self._hash.update(piece)
            self.size += len(piece)
            tell(len(piece))
        self.resumed = self.size > 0
        self.restarts = 0
        self.begins = b""
        """Its first bytes, where they came now: they show what it is instead."""
        self._waiting: queue.Queue[bytes | None] = queue.Queue(PIECES)
        self._hashing = threading.Thread(target=self._take, daemon=True)
        self._hashing.start()

    def add(self, piece: bytes) -> None:
        """Write the next bytes."""
        if self.size < 512:
            self.begins += piece[:512]
        self._waiting.put(piece)
        left = memoryview(piece)
        while left:
            left = left[self._opened.write(left) :]
        self.size += len(piece)

    def restart(self) -> None:
        """Forget all bytes."""
        self._settle()
        self._opened.seek(0)
        self._opened.truncate()
        self._hash = new_hash(self.file)
        self.size = 0
        self.resumed = False
        self.restarts += 1
        self.begins = b""

    def digest(self) -> str:
        """Return the hash of the bytes so far."""
        self._settle()
        return self._hash.hexdigest()

    def _settle(self) -> None:
        self._waiting.join()

    def _take(self) -> None:
        while (piece := self._waiting.get()) is not None:
            self._hash.update(piece)
            self._waiting.task_done()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waiting.put(None)
        self._opened.close()
