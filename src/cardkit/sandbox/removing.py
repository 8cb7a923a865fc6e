"""Removing a folder that foreign code has written into: whatever it made there.

Folders within each other go past the longest path, the open files of a process, and the depth of
Python's calls, on which shutil.rmtree gives up.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cardkit-"))
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder and all that lies in it. Links are removed, and not followed."""
    top = os.open(folder, FOLDER)
    try:
        names = (f"{secrets.token_hex(8)}-{number}" for number in count())
        while inside := _emptied(top):
            for name in inside:
                _up(top, name, names)
    finally:
        os.close(top)
    folder.rmdir()


def _emptied(at: int) -> list[str]:
    """Remove what lies in a folder; return the folders, which stay."""
    folders = []
    for name in os.listdir(at):
        try:
            os.unlink(name, dir_fd=at)
        except (IsADirectoryError, PermissionError):  # which of both hangs on the system
            folders.append(name)
    return folders


def _up(top: int, name: str, names: Iterator[str]) -> None:
    """Remove a folder of the topmost one; those inside of it come in its place."""
    with suppress(OSError):  # what cannot be opened may be opened by its owner
        os.chmod(name, 0o700, dir_fd=top)
    at = os.open(name, FOLDER, dir_fd=top)
    try:
        for inner in _emptied(at):
            os.rename(inner, next(names), src_dir_fd=at, dst_dir_fd=top)
    finally:
        os.close(at)
    os.rmdir(name, dir_fd=top)
