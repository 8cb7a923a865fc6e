"""The kernel's own interface, by ctypes: no package is needed for the sandbox.

Numbers are the same on x86_64 and aarch64 unless `syscalls.py` says otherwise.
"""

from __future__ import annotations

import ctypes
import os

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""landlock_create_ruleset and its sisters, on all of Linux's architectures but alpha."""
SET_PDEATHSIG, SET_SECCOMP, CAPBSET_DROP, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 1, 22, 24, 36, 38
"""Options of prctl(2)."""
FILTER = 2
"""SECCOMP_MODE_FILTER."""


def call(function: str, *arguments: object) -> tuple[int, int]:
    """Return what a function of the C library returns, and its errno (0 if all went well)."""
    ctypes.set_errno(0)
    found = getattr(ctypes.CDLL(None, use_errno=True), function)
    found.restype = ctypes.c_long
    return int(found(*arguments)), ctypes.get_errno()


def must(function: str, *arguments: object) -> int:
    """Return what a function of the C library returns; raises OSError where it is negative."""
    value, error = call(function, *arguments)
    if value < 0:
        raise OSError(error, f"{function}: {os.strerror(error)}")
    return value


def prctl(option: int, value: int = 0) -> None:
    """Change something of this process; raises OSError."""
    zero = ctypes.c_ulong(0)
    must("prctl", option, ctypes.c_ulong(value), zero, zero, zero)
