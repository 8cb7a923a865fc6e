"""Runs a command as a user without powers, to whom our Python and our tests are shown.

They may lie in folders that only root may enter (pyenv in /root, a fresh folder of /tmp): then they
are mounted at the same place for this process alone. The arguments: what to show, then the command.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

NOBODY = 65534
NEW_NAMESPACE, PRIVATE, BIND, RECURSIVE = 0x20000, 1 << 18, 4096, 16384
LIBC = ctypes.CDLL(None, use_errno=True)


def must(result: int) -> None:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def is_closed(folder: Path) -> bool:
    return not folder.stat().st_mode & 0o001


def show(paths: list[Path]) -> None:
    """Mount paths that others cannot reach, so that they can."""
    hidden: dict[Path, list[Path]] = {}
    for path in paths:
        closed = [folder for folder in reversed(path.parents) if is_closed(folder)]
        if closed or is_closed(path):
            hidden.setdefault(closed[0] if closed else path, []).append(path)
    if not hidden:
        return
    must(LIBC.unshare(NEW_NAMESPACE))
    must(LIBC.mount(None, b"/", None, PRIVATE | RECURSIVE, None))
    for top, below in hidden.items():
        files = {path: os.open(path, os.O_PATH) for path in below}
        must(LIBC.mount(b"tmpfs", bytes(top), b"tmpfs", 0, b"mode=755"))
        for path, file in sorted(files.items()):
            if path.exists():  # inside of one that is shown already
                continue
            path.mkdir(parents=True)
            must(LIBC.mount(f"/proc/self/fd/{file}".encode(), bytes(path), None, BIND, None))


def become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


if __name__ == "__main__":
    show([Path(os.path.realpath(path)) for path in json.loads(sys.argv[1])])
    become_nobody()
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
