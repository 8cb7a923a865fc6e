"""A process and all that it started, read from /proc: also what left its group and session.

The watchdog adopts orphans (PR_SET_CHILD_SUBREAPER), so that all of them stay below it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PARTING = 10.0
"""Seconds for killed processes to be gone: a driver may hold one where no signal reaches it."""


class Process(NamedTuple):
    """One process at one moment."""

    pid: int
    parent: int
    state: str
    """Z: ended, and not yet asked for its exit code."""
    threads: int
    resident: int
    """Bytes; what several processes share is counted for each."""
    session: int = 0
    """The process that began its session: another than the run's has been left for one of its
    own."""

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.state not in "ZX"


class Ended(NamedTuple):
    """How a child ended."""

    code: int
    """Negative: the signal that ended it."""
    peak: int
    """Resident bytes of its largest process at most."""


def below(top: int, but: Iterable[int] = (), *, surely: bool = False) -> list[Process]:
    """Return all processes below one, itself not; those of `but` and what is below them neither.

    `surely`: look through the whole of /proc, as a list of children may miss one while others
    end. Empty where there is no /proc.
    """
    all_of = _all_children() if surely or not _children_are_told() else None
    seen = set(but)
    found, waiting = [], [top]
    while waiting:
        pid = waiting.pop()
        for child in all_of.get(pid, ()) if all_of is not None else children(pid):
            if child not in seen and (process := look(child)) is not None:
                seen.add(child)
                found.append(process)
                waiting.append(child)
    return found


def look(pid: int) -> Process | None:
    """Return a process; None: it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in brackets, may hold anything.
    row = words.rpartition(")")[2].split()
    if not row:  # it ended while it was read
        return None
    return Process(pid, int(row[1]), row[0], int(row[17]), int(row[21]) * PAGE, int(row[3]))


def proportional(processes: Iterable[Process]) -> int:
    """Return resident bytes, what processes share counted once; RSS where the kernel tells none."""
    return sum(_proportional(process) for process in processes)


def end(top: int, but: Iterable[int] = ()) -> dict[int, Ended]:
    """Kill all processes below one, until there is none; return how its own children ended."""
    until = time.monotonic() + PARTING
    codes: dict[int, Ended] = {}
    while left := below(top, but, surely=True):
        for process in left:
            if process.alive:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, signal.SIGKILL)
        codes |= reap(left)
        if time.monotonic() > until:
            break
        if not any(process.alive for process in left):
            time.sleep(0.001)
    return codes


def reap(processes: Iterable[Process]) -> dict[int, Ended]:
    """Take the exit codes of ended children of this process, so that they are gone."""
    found = {}
    for process in processes:
        if not process.alive and process.parent == os.getpid():
            with suppress(ChildProcessError):
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    found[pid] = ended(status, usage)
    return found


def ended(status: int, usage: resource.struct_rusage) -> Ended:
    """Return how a child ended, of what wait4(2) tells."""
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(os.waitstatus_to_exitcode(status), usage.ru_maxrss * unit)


@cache
def _children_are_told() -> bool:
    """Return whether the kernel was built with lists of children (CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


def _all_children() -> dict[int, list[int]]:
    """Return the children of each process there is."""
    found: dict[int, list[int]] = {}
    with suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdecimal() and (process := look(int(name))) is not None:
                found.setdefault(process.parent, []).append(process.pid)
    return found


def children(pid: int) -> Iterator[int]:
    """Yield the children of all threads of a process, the eldest of each first."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            yield from map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:  # the thread has ended
            continue


def _proportional(process: Process) -> int:
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) << 10
    except OSError:
        pass
    return process.resident
