"""The rungs, and which of them are here."""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from pathlib import Path

from cardkit.errors import CardkitError
from cardkit.sandbox import probes, seccomp
from cardkit.tables import pick

RUNGS = {
    "process": "limits only: nothing is closed",
    "landlock": "the kernel refuses files, network, signals and other processes",
    "bubblewrap": "other files, the network and other processes are not there",
}
"""The weakest first."""
TODO = (
    "use Linux 5.13 or newer with landlock in its parameter lsm=, on x86_64 or aarch64, or install "
    "bubblewrap; `cardkit doctor` tells what this machine has"
)


class NoRungError(CardkitError):
    """This machine has no sandbox as strong as was asked for."""

    exit_code = 3


@cache
def available() -> list[str]:
    """Return the rungs that are here, the weakest first: each was tried."""
    return [rung for rung in RUNGS if rung == "process" or _is_here(rung)]


def best(at_least: str | None = None) -> str:
    """Return the strongest rung that is here.

    Raises NoRungError if it is weaker than `at_least`.
    """
    found = available()[-1]
    if at_least is not None:
        pick(RUNGS, at_least, "rung of the sandbox")
        if list(RUNGS).index(found) < list(RUNGS).index(at_least):
            raise NoRungError(f"the sandbox {at_least} is not to be had here", todo=TODO)
    return found


def _is_here(rung: str) -> bool:
    if sys.platform != "linux" or not seccomp.known_machine() or probes.seccomp_error():
        return False
    if rung == "landlock" and probes.landlock_version()[0] <= 0:
        return False
    if rung == "bubblewrap" and not probes.bubblewrap().works:
        return False
    return _runs(rung)


def _runs(rung: str) -> bool:
    """Return whether a program really runs in a rung: a container may forbid a part of it."""
    from cardkit.sandbox.box import Box
    from cardkit.sandbox.environment import clean_environment
    from cardkit.sandbox.running import run

    with tempfile.TemporaryDirectory() as folder:
        write = Path(folder).resolve() / "work"
        write.mkdir()
        box = Box((), write, 20.0, None, 8, 1 << 20, 1 << 20)
        out = Path(folder, "out")
        try:
            done = run(
                ["/bin/sh", "-c", "exit 7"],
                box,
                rung,
                environment=clean_environment(box, {}),
                stdout=out,
                stderr=out,
            )
        except CardkitError:
            return False
        return done.exit_code == 7
