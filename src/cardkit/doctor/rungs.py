"""The rungs of the sandbox that models run in, asked of the kernel itself.

`process` < `landlock` < `bubblewrap`; code of a card that runs as printed needs `landlock`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from cardkit.doctor.lines import Line

CREATE_RULESET = 444
"""The number of landlock_create_ruleset on all of Linux's architectures but alpha."""
ABI = 1
"""LANDLOCK_CREATE_RULESET_VERSION, https://docs.kernel.org/userspace-api/landlock.html."""
SET_SECCOMP, FILTER = 22, 2
"""PR_SET_SECCOMP and SECCOMP_MODE_FILTER of prctl(2)."""
SECONDS = 10.0
"""A sandbox starts in a hundredth of a second."""
TRUE = ("--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "true")
NO_RUNG = "models run in the rung below; code that a card prints is not run as it is"
CLOSED = (
    "the kernel or a container keeps user namespaces closed: an administrator can open them "
    "(an AppArmor profile for bwrap, or sysctl kernel.unprivileged_userns_clone=1)"
)
"""https://github.com/containers/bubblewrap, and Ubuntu's apparmor_restrict_unprivileged_userns."""


def rungs() -> Iterator[Line]:
    """Say which rungs there are."""
    yield Line("process", "ok", "a process of its own, with limits")
    if sys.platform == "linux":
        yield _landlock()
        yield _seccomp()
        yield _bubblewrap()
    else:
        yield Line("landlock", "note", "only Linux has it", NO_RUNG)


def _landlock() -> Line:
    version, error = _call("syscall", CREATE_RULESET, None, ctypes.c_size_t(0), ABI)
    if version > 0:
        return Line("landlock", "ok", f"version {version} of the kernel's interface")
    if error == errno.EOPNOTSUPP:
        todo = f"add landlock to the kernel's parameter lsm=; until then {NO_RUNG}"
        return Line("landlock", "note", "the kernel has it switched off", todo)
    todo = f"it takes Linux 5.13 or newer, built with it; until then {NO_RUNG}"
    return Line("landlock", "note", f"not here: {os.strerror(error)}", todo)


def _seccomp() -> Line:
    # No filter is at address 0: a kernel that has filters says EFAULT, any other EINVAL.
    _, error = _call("prctl", SET_SECCOMP, FILTER, None, 0, 0)
    if error == errno.EFAULT:
        return Line("seccomp", "ok", "the kernel takes filters")
    todo = f"it takes a kernel built with CONFIG_SECCOMP_FILTER; until then {NO_RUNG}"
    return Line("seccomp", "note", f"not here: {os.strerror(error)}", todo)


def _bubblewrap() -> Line:
    path = shutil.which("bwrap")
    if path is None:
        return Line("bubblewrap", "note", "not installed", "install the system's bubblewrap")
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program
            [path, *TRUE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Line("bubblewrap", "note", f"{path} hangs: no answer in {SECONDS:g} s", CLOSED)
    except OSError as error:
        return Line("bubblewrap", "note", f"{path} does not start: {error}", "install it anew")
    if done.returncode == 0:
        return Line("bubblewrap", "ok", path)
    words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    closed = any(word in words[-1] for word in ("namespace", "uid map", "not permitted"))
    return Line("bubblewrap", "note", words[-1], CLOSED if closed else "see `bwrap --version`")


def _call(function: str, *arguments: object) -> tuple[int, int]:
    """Return what a function of the C library returns, and its errno (0 if all went well)."""
    ctypes.set_errno(0)
    call = getattr(ctypes.CDLL(None, use_errno=True), function)
    call.restype = ctypes.c_long
    return int(call(*arguments)), ctypes.get_errno()
