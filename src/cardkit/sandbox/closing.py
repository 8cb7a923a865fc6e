"""Closing the box around the calling process: it cannot be opened again."""

from __future__ import annotations

import os
import socket

from cardkit.sandbox import landlock, limits, seccomp
from cardkit.sandbox.box import PROC, Box, make_folders, nodes
from cardkit.sandbox.channel import Said, send
from cardkit.sandbox.kernel import SET_NO_NEW_PRIVS, prctl

LOG = ".denied"
"""What the witness writes, in the folder that is written to."""


def close(
    box: Box,
    rung: str,
    channel: socket.socket | None = None,
    abi: int | None = None,
) -> None:
    """Close the box around this process, which must have one thread; raises OSError.

    `box`: as `whole` returns it. `channel`: to the watchdog, who then counts processes
    before they are made. `abi`: use no more of Landlock than its version had.
    """
    make_folders(box)
    limits.limit(box)
    listening = None
    if rung != "process":
        abi = max(landlock.version()[0], 0) if abi is None else abi
        inside = rung == "bubblewrap"
        gaps = seccomp.Gaps(signals=abi < 6 and not inside, emptying=abi < 3 and not inside)
        prctl(SET_NO_NEW_PRIVS, 1)
        if abi:
            landlock.enter(box, abi)
        elif not inside:
            raise OSError("the kernel has no Landlock")
        limits.drop_powers()
        listening = _filter(gaps, channel)
    if channel is not None:
        send(channel, Said(ready=True, listener=listening))
    if listening is not None:
        os.close(listening)


def _filter(gaps: seccomp.Gaps, channel: socket.socket | None) -> int | None:
    me = os.getpid()
    if channel is not None:
        try:
            return seccomp.install(seccomp.program(True, gaps, me), listener=True)
        except OSError:  # another watchdog listens already, of a container
            pass
    return seccomp.install(seccomp.program(False, gaps, me), listener=False)


def told(box: Box) -> dict[str, object]:
    """Return what a witness is told."""
    paths = [*box.read, *nodes(box)]
    real = [str(each) for path in paths for each in (path, path.resolve())]
    return {
        "read": [*dict.fromkeys(real), *(f"/proc/{name}" for name in PROC)],
        "write": str(box.write),
        "log": str(box.write / LOG),
    }
