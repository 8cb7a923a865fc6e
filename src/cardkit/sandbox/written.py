"""How much a run has written: its folder, and what it deleted and still holds open."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cardkit.sandbox.box import DEPTH, FILES

BLOCK = 512
"""Unit of st_blocks."""
ENTRY = 256
"""Bytes of an inode of ext4, the least that a file takes."""


class Written(NamedTuple):
    """What lies there."""

    size: int
    """Bytes on the disk."""
    files: int
    depth: int


def measure(folder: Path) -> Written:
    """Return what lies in a folder; looks no further than one entry or level over the limits."""
    size = files = deepest = 0
    waiting = [(str(folder), 1)]
    while waiting and files <= FILES and deepest <= DEPTH:
        path, depth = waiting.pop()
        deepest = max(deepest, depth)
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    files += 1
                    status = entry.stat(follow_symlinks=False)
                    size += status.st_blocks * BLOCK + ENTRY
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append((entry.path, depth + 1))
                    if files > FILES:
                        break
        except OSError:  # gone while it was looked at
            continue
    return Written(size, files, deepest)


def held_open(pids: Iterable[int]) -> int:
    """Return the bytes of files that have no name any more and that processes hold open."""
    found: dict[tuple[int, int], int] = {}
    for pid in pids:
        try:
            numbers = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            continue
        for number in numbers:
            try:
                status = os.stat(f"/proc/{pid}/fd/{number}")
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and not status.st_nlink:
                found[status.st_dev, status.st_ino] = status.st_blocks * BLOCK
    return sum(found.values())
