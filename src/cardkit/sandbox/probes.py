"""Which rungs there are, asked of the kernel itself."""

from __future__ import annotations

import shutil
import subprocess
from typing import NamedTuple

from cardkit.sandbox import landlock, seccomp

SECONDS = 10.0
"""A sandbox starts in a hundredth of a second."""
TRUE = ("--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "true")
"""The shortest run there is."""


class Bubblewrap(NamedTuple):
    """What became of a trial of bubblewrap."""

    path: str | None
    """Where it is installed."""
    works: bool
    said: str = ""
    """The last line that it said, or what became of it."""
    started: bool = True
    hangs: bool = False


def landlock_version() -> tuple[int, int]:
    """Return the version of Landlock, and the errno where there is none."""
    return landlock.version()


def seccomp_error() -> int:
    """Return 0 if the kernel takes filters of system calls, else the errno that says why not."""
    return seccomp.takes_filters()


def bubblewrap() -> Bubblewrap:
    """Return whether bubblewrap runs a program here."""
    path = shutil.which("bwrap")
    if path is None:
        return Bubblewrap(None, works=False)
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
        return Bubblewrap(path, works=False, hangs=True)
    except OSError as error:
        return Bubblewrap(path, works=False, said=str(error), started=False)
    if done.returncode == 0:
        return Bubblewrap(path, works=True)
    words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return Bubblewrap(path, works=False, said=words[-1])
