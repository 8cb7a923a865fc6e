"""A box around a child that was forked by somebody else, and with the Landlock of older kernels."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox_ground import HERE, command, users

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def forked(ground: Path, environment: dict[str, str], needs: Callable[[str, str], None]) -> Run:
    """Give a function that runs code in a forked child."""
    read = ground / "read"
    read.mkdir(exist_ok=True)
    (read / "file").write_text("to be read")
    (read / "file").chmod(0o666)

    def run(code: str, *, user: str = "user", rung: str = "landlock", **job: Any) -> dict[str, Any]:
        needs(user, rung)
        told = {"code": code, "folder": str(ground), "rung": rung, "channel": True, **job}
        done = subprocess.run(
            command(user, str(HERE / "forked.py"), json.dumps(told)),
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


TRIES = """
import os, signal, socket, sys
from pathlib import Path
def tries(what):
    try: return what()
    except OSError as error: return type(error).__name__
print(tries(lambda: open("/etc/shadow").read(1)))
print(tries(lambda: socket.create_connection(("127.0.0.1", 9))))
print(tries(lambda: os.kill(os.getppid(), 9)))
print(tries(lambda: os.kill(os.getpid(), 0)))
print(tries(lambda: os.listdir(str(Path.home()))))
"""
TRIED = "PermissionError\n{inet}\nPermissionError\nNone\n[]\n"


@pytest.mark.parametrize("channel", [True, False])
@pytest.mark.parametrize("user", users())
def test_a_forked_child_closes_its_box(user: str, channel: bool, forked: Run) -> None:
    came = forked(TRIES, user=user, channel=channel)
    assert came["out"] == TRIED.format(inet="OSError" if channel else "PermissionError")
    with_it = ["connect to 127.0.0.1:9"] if channel else []
    assert came["denied"] == [*with_it, "open /etc/shadow", "signal its parent"]
    assert (came["exit_code"], came["stopped"], came["left"]) == (0, None, 0)


@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("user", users())
def test_older_kernels_close_it_as_well(user: str, abi: int, forked: Run) -> None:
    """Before version 6 signals are the filter's, and before 3 what empties a file that is read."""
    code = TRIES + (
        "path = Path(os.getcwd()).parent.parent / 'read/file'\n"
        "tries(lambda: os.open(path, os.O_RDONLY | os.O_TRUNC))\n"
        "tries(lambda: os.truncate(path, 0))\n"
        "print(path.read_text())"
    )
    came = forked(code, user=user, abi=abi)
    assert came["out"] == TRIED.format(inet="OSError") + "to be read\n"
    assert came["exit_code"] == 0


def test_its_processes_are_counted_before_they_are_made(forked: Run) -> None:
    came = forked("import os, time\nfor _ in range(5): os.fork()\ntime.sleep(60)")
    assert (came["stopped"], came["said"]) == ("run.limit", "more than 4 processes")


def test_what_it_leaves_behind_is_ended(forked: Run) -> None:
    came = forked("import os, time\nif not os.fork(): os.setsid(); time.sleep(60)\ntime.sleep(.1)")
    assert (came["exit_code"], came["left"]) == (0, 1)


def test_what_it_prints_is_bounded(forked: Run) -> None:
    came = forked("import time; print('x' * (1 << 17), flush=True); time.sleep(60)")
    assert (came["stopped"], came["said"]) == ("run.limit", "printed over 64 KiB")


def test_a_box_does_not_close_around_several_threads(forked: Run) -> None:
    code = (
        "import threading, os, sys\n"
        "from pathlib import Path\n"
        "from cardkit.sandbox import Box, restrict\n"
        "threading.Thread(target=threading.Event().wait, args=(5,), daemon=True).start()\n"
        "restrict(Box((), Path.cwd(), 1, None, 1, 1, 1), 'landlock')"
    )
    came = forked(code, rung="process")
    said = "SandboxError: a box closes around one thread\n  → fork before threads are made"
    assert (came["exit_code"], came["out"]) == (1, said)
