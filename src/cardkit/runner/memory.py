"""Memory of this process and of this machine, in bytes."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")
MACHINE = Path("/proc/meminfo")
GROUP = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)
"""Limit and use of the control group, in both versions of Linux's."""


def peak() -> int:
    """Return the most that this process held so far; a parent's own peak is not counted."""
    found = _kilobytes(STATUS, "VmHWM")
    return found or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def held() -> int | None:
    """Return what this process holds now; None where the machine does not say."""
    return _kilobytes(STATUS, "VmRSS")


def free(limit: int | None) -> int:
    """Return what this process may still take, with a limit of its own if it has one."""
    rooms = [_kilobytes(MACHINE, "MemAvailable") or _pages()]
    for most, used in GROUP:
        room = _number(most), _number(used)
        if room[0] is not None and room[1] is not None:
            rooms.append(room[0] - room[1])
    if limit is not None:
        rooms.append(limit - (held() or 0))
    return max(0, min(rooms))


def device_peak(device: str) -> int | None:
    """Return the most that torch held on a device; None on the CPU, or where it does not say."""
    import torch

    module: Any = getattr(torch, device.partition(":")[0], None)
    most = getattr(module, "max_memory_allocated", None)
    return int(most(device)) if most and device != "cpu" else None


def _pages() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def _kilobytes(path: Path, name: str) -> int | None:
    for line in _text(path).splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    return None


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
