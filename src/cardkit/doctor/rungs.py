"""The rungs of the sandbox that models run in, and what this machine has of them.

`process` < `landlock` < `bubblewrap`; code of a card that runs as printed needs `landlock`.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator

from cardkit.doctor.lines import Line
from cardkit.sandbox import probes

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
    version, error = probes.landlock_version()
    if version > 0:
        return Line("landlock", "ok", f"version {version} of the kernel's interface")
    if error == errno.EOPNOTSUPP:
        todo = f"add landlock to the kernel's parameter lsm=; until then {NO_RUNG}"
        return Line("landlock", "note", "the kernel has it switched off", todo)
    todo = f"it takes Linux 5.13 or newer, built with it; until then {NO_RUNG}"
    return Line("landlock", "note", f"not here: {os.strerror(error)}", todo)


def _seccomp() -> Line:
    error = probes.seccomp_error()
    if not error:
        return Line("seccomp", "ok", "the kernel takes filters")
    todo = f"it takes a kernel built with CONFIG_SECCOMP_FILTER; until then {NO_RUNG}"
    return Line("seccomp", "note", f"not here: {os.strerror(error)}", todo)


def _bubblewrap() -> Line:
    tried = probes.bubblewrap()
    if tried.path is None:
        return Line("bubblewrap", "note", "not installed", "install the system's bubblewrap")
    if tried.works:
        return Line("bubblewrap", "ok", tried.path)
    if tried.hangs:
        said = f"{tried.path} hangs: no answer in {probes.SECONDS:g} s"
        return Line("bubblewrap", "note", said, CLOSED)
    if not tried.started:
        said = f"{tried.path} does not start: {tried.said}"
        return Line("bubblewrap", "note", said, "install it anew")
    closed = any(word in tried.said for word in ("namespace", "uid map", "not permitted"))
    return Line("bubblewrap", "note", tried.said, CLOSED if closed else "see `bwrap --version`")
