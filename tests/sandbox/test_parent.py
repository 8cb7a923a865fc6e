"""A run ends with whoever started it, however that ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox_ground import HERE, command, users

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

CODE = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
if not os.fork(): os.setsid()
open("went.json", "w").write("[]"); time.sleep(60)
"""


def with_mark(mark: str) -> list[int]:
    """Return the processes that have a word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in path.read_bytes().decode(errors="replace").split("\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize("rung", ["process", "landlock", "bubblewrap"])
@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_ends_with_its_parent(
    rung: str,
    ends: signal.Signals,
    ground: Path,
    environment: dict[str, str],
    needs: Callable[[str, str], None],
) -> None:
    user = users()[-1]
    needs(user, rung)
    mark = f"parent-{rung}-{ends.name}"
    folder = ground / mark
    folder.mkdir()
    folder.chmod(0o777)
    told = ground / f"{mark}.json"
    job = {"arguments": ["-c", CODE, mark], "rung": rung, "folder": str(folder), "mark": mark}
    told.write_text(json.dumps([job]))
    parent = subprocess.Popen(
        command(user, str(HERE / "driver.py"), str(told)),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert soon(lambda: bool(list(folder.glob("*/work/went.json"))))
        assert len(with_mark(mark)) >= 2
        parent.send_signal(ends)
        parent.wait(20)
        assert soon(lambda: not with_mark(mark))
    finally:
        parent.kill()
        for pid in with_mark(mark):
            os.kill(pid, signal.SIGKILL)
