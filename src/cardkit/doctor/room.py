"""Processors, memory, and room on the disk that models are kept on."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from cardkit.doctor.lines import Line, gigabytes

SEVEN = 14_000_000_000
"""Bytes of a model of 7 billion parameters in bfloat16: two for each."""
MEMINFO = Path("/proc/meminfo")
"""Kibibytes; https://docs.kernel.org/filesystems/proc.html#meminfo."""
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),  # https://docs.kernel.org/admin-guide/cgroup-v2.html
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),  # its first version
)
"""Where a container's limit of memory stands, in bytes."""


def cpu() -> Iterator[Line]:
    """Say how many processors this process may use."""
    has = hasattr(os, "sched_getaffinity")
    count = len(os.sched_getaffinity(0)) if has else os.cpu_count() or 1
    yield Line("cpu", "ok", f"{count} core{'s' * (count != 1)}, {platform.machine()}")


def memory() -> Iterator[Line]:
    """Say how much memory there is, and is free."""
    total, free, limit = _total(), _free(), _limit()
    if total is None:
        yield Line("memory", "note", "this system does not tell how much there is")
        return
    said = f"{gigabytes(free)} free of {gigabytes(total)}" if free is not None else gigabytes(total)
    if limit is not None and limit < total:
        said += f"; a limit of {gigabytes(limit)} holds here"
    if min(room for room in (total, free, limit) if room is not None) < SEVEN:
        todo = "`cardkit memory NAME` says what a model needs; 7 billion bfloat16 weights: 14 GB"
        yield Line("memory", "note", said, todo)
    else:
        yield Line("memory", "ok", said)


def disk() -> Iterator[Line]:
    """Say how much room there is where models are kept, and whether one can be kept there."""
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE).absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    said = f"{gigabytes(free)} free for {folder}"
    elsewhere = "or keep models elsewhere: HF_HOME or HF_HUB_CACHE"
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        todo = f"give yourself the right to write to it, {elsewhere}"
        yield Line("disk", "note", f"{said}, but {there} cannot be written to", todo)
    elif free < SEVEN:
        yield Line("disk", "note", said, f"make room (a model of 7B: 14 GB), {elsewhere}")
    else:
        yield Line("disk", "ok", said)


def _total() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return None


def _free() -> int | None:
    try:
        rows = MEMINFO.read_text("ascii").splitlines()
    except OSError:  # only Linux has it
        return None
    found = [row.split()[1] for row in rows if row.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _limit() -> int | None:
    for path in LIMITS:
        try:
            written = path.read_text("ascii").strip()
        except OSError:
            continue
        return int(written) if written.isdecimal() else None  # "max" is no limit
    return None
