"""Landlock: which files a process may touch, told to the kernel by the process itself.

Rules hold for the process and all that it starts, root included; they are never taken back.
Numbers: https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

from cardkit.sandbox.box import PROC, Box, nodes
from cardkit.sandbox.kernel import ADD_RULE, CREATE_RULESET, RESTRICT_SELF, call, must

ASK_VERSION = 1
"""LANDLOCK_CREATE_RULESET_VERSION."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG, REFER, TRUNCATE, IOCTL_DEV = (1 << bit for bit in (7, 8, 13, 14, 15))
ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Rights on files that are refused unless a rule gives them, by the version that brought them."""
READ = EXECUTE | READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
"""Not among them: links, sockets, pipes and device files, which could deceive who reads the
folder afterwards."""
NODE = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV
ON_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""Rights that a rule for a single file may give."""
TCP = 3
"""bind and connect, from version 4 on: none is given."""
SCOPES = 3
"""Abstract sockets and signals end at the box, from version 6 on."""
PATH_BENEATH = 1


def version() -> tuple[int, int]:
    """Return the version of the kernel's interface, and the errno where it has none."""
    return call("syscall", CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)


def enter(box: Box, abi: int) -> None:
    """Let this thread, and all that it starts, touch only what is in the box; raises OSError.

    The process must have said that it takes no new privileges.
    """
    handled = max(rights for since, rights in ALL.items() if since <= abi)
    row = [handled, *([TCP] if abi >= 4 else []), *([SCOPES] if abi >= 6 else [])]
    attributes = struct.pack(f"={len(row)}Q", *row)
    size = ctypes.c_size_t(len(attributes))
    rules = must("syscall", CREATE_RULESET, attributes, size, 0)
    try:
        for path, rights in _rules(box):
            _allow(rules, path, rights & handled)
        must("syscall", RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _rules(box: Box) -> Iterator[tuple[Path, int]]:
    yield from ((path, READ) for path in box.read)
    yield from ((Path("/proc", name), READ) for name in PROC)
    yield from ((path, NODE) for path in nodes(box))
    yield box.write, WRITE


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:  # a kernel without one of PROC
        return
    try:
        if not stat.S_ISDIR(os.fstat(at).st_mode):
            rights &= ON_A_FILE
        beneath = struct.pack("=Qi", rights, at)
        must("syscall", ADD_RULE, rules, PATH_BENEATH, beneath, 0)
    finally:
        os.close(at)
