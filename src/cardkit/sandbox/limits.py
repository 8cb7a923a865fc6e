"""What a process gives up of itself before foreign code runs in it: resources and root's powers."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from contextlib import suppress

from cardkit.sandbox.box import Box
from cardkit.sandbox.kernel import CAPBSET_DROP, must, prctl

FILES_OPEN = 4096
"""The shards of the largest models are some hundred files."""
OVER = 1 << 20
"""Bytes that a single file may go over the limit, so that the watchdog sees it."""
ADDRESSES, BESIDE = 2, 8 << 30
"""Addresses for each byte of memory, and beside them: libraries, mapped weights, threads' stacks.
Torch and transformers take 0.8 GB of addresses with 0.3 GB resident."""
DAC_OVERRIDE = 1
"""The one power that root keeps, CAP_DAC_OVERRIDE: device files and caches may be another user's,
and what Landlock or the mounts close stays closed."""
CAPABILITIES = 64
VERSION_3 = 0x20080522
"""_LINUX_CAPABILITY_VERSION_3, capset(2)."""


def limit(box: Box) -> None:
    """Bound what the kernel can bound of this process and each that it starts."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_NOFILE, FILES_OPEN)
    _bound(resource.RLIMIT_FSIZE, box.disk + OVER)
    if box.address_space and box.memory is not None:
        _bound(resource.RLIMIT_AS, ADDRESSES * box.memory + BESIDE)
    if sys.platform == "linux":
        # Where the machine runs out of memory, this is what the kernel ends.
        with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")


def _bound(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def drop_powers() -> None:
    """Give up what root may do beyond other users, for this thread and all that it starts."""
    if os.geteuid() != 0 and not _powers():
        return
    with suppress(OSError):  # a container may have taken the power to do so, and the rest with it
        for power in range(CAPABILITIES):
            if power != DAC_OVERRIDE:
                prctl(CAPBSET_DROP, power)
    keep = _powers() & (1 << DAC_OVERRIDE)
    header = struct.pack("=Ii", VERSION_3, 0)
    must("capset", header, struct.pack("=6I", keep, keep, 0, 0, 0, 0))


def _powers() -> int:
    """Return the permitted capabilities as bits."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", VERSION_3, 0), 8)
    found = ctypes.create_string_buffer(24)
    must("capget", header, found)
    _, low, _, _, high, _ = struct.unpack("=6I", found.raw)
    return int(low | high << 32)
