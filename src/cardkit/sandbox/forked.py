"""Boxes around children that somebody else has forked: a server that has imported torch before."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cardkit.sandbox import tree, witness
from cardkit.sandbox.box import Box
from cardkit.sandbox.channel import in_words
from cardkit.sandbox.closing import close, told
from cardkit.sandbox.kernel import SET_CHILD_SUBREAPER, SET_PDEATHSIG, prctl
from cardkit.sandbox.running import SandboxError, as_isolation, whole
from cardkit.sandbox.watchdog import Watchdog

if TYPE_CHECKING:
    from cardkit.outcome import Isolation


def restrict(box: Box, rung: str, channel: socket.socket | None = None) -> None:
    """Close a box around the calling process, a child that was forked for it. It stays closed.

    The child gets a session of its own, and ends with its parent. Files that are open stay open:
    close what the run must not have. `channel`: one end of a socket pair whose other end `watch`
    is given; it is closed here. Without it processes are counted only after they were made, and
    what a program without Python tries is not named. Raises SandboxError.
    """
    box = whole(box, os.environ)
    if rung == "bubblewrap":
        raise SandboxError("bubblewrap holds new programs only", todo="use landlock, or run()")
    if len(os.listdir("/proc/self/task")) > 1 if sys.platform == "linux" else False:
        raise SandboxError("a box closes around one thread", todo="fork before threads are made")
    parent = os.getppid()
    try:
        if os.getsid(0) != os.getpid():
            os.setsid()
        if sys.platform == "linux":
            prctl(SET_PDEATHSIG, 9)
            if os.getppid() != parent:
                os._exit(1)
        if rung != "process":
            begin = told(box)
        os.chdir(box.write)
        close(box, rung, channel)
        if channel is not None:  # what comes now is foreign, and has nothing to say there
            channel.close()
    except OSError as error:
        problem = f"the sandbox {rung} could not be closed: {in_words(error)}"
        raise SandboxError(problem, todo="`cardkit doctor` tells what this machine has") from error
    if rung != "process":
        witness.begin(begin)


def watch(
    pid: int,
    box: Box,
    rung: str,
    *,
    channel: socket.socket | None = None,
    outputs: Sequence[Path] = (),
    others: Sequence[int] = (),
    lifeline: int | None = None,
) -> Isolation:
    """Watch a child of this process until it ends or passes a limit; end all that it started.

    This process adopts what the child leaves behind, from now on. `others`: children that are not
    the run's. `outputs`: files that it prints into. `lifeline`: a file at whose end the run ends
    as well. Raises SandboxError if the box did not close.
    """
    box = whole(box, os.environ)
    if sys.platform == "linux":
        prctl(SET_CHILD_SUBREAPER, 1)
    watchdog = Watchdog(pid, box, others=others)
    watchdog.outputs = tuple(outputs)
    return as_isolation(watchdog.watch(lifeline, {}, channel), box, rung)


def children() -> list[int]:
    """Return the children that this process has now: the `others` of a run that is to begin."""
    return list(tree.children(os.getpid()))
