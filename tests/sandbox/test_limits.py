"""What a box lets a run take: past a limit all of it is ended, whatever it has become."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from sandbox_ground import Rows, users

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

RUNGS = ("process", "landlock", "bubblewrap")


class Greedy(NamedTuple):
    """A program that takes too much of something."""

    code: str
    limits: dict[str, Any]
    stopped: str
    said: str


EAT = "held.append(bytearray(8 << 20)); time.sleep(.005)"
GREEDY = {
    "sleeps": Greedy(
        "import time; time.sleep(60)",
        {"seconds": 0.5},
        "run.timeout",
        "took more than 0.5 s",
    ),
    "eats_memory": Greedy(
        f"import time; held = []\nwhile True: {EAT}",
        {"memory": 100 << 20},
        "run.out_of_memory",
        "took more than 100 MiB of memory",
    ),
    "eats_memory_in_many": Greedy(
        f"import os, time; held = []\nfor _ in range(3): os.fork()\nfor _ in range(5): {EAT}\n"
        "time.sleep(60)",
        {"memory": 200 << 20, "processes": 20},
        "run.out_of_memory",
        "took more than 200 MiB of memory",
    ),
    "forks": Greedy(
        "import os, time\nfor _ in range(7): os.fork()\ntime.sleep(60)",
        {"processes": 8},
        "run.limit",
        "more than 8 processes",
    ),
    "fills_the_disk": Greedy(
        "import time\nwith open('big', 'wb') as file:\n"
        "  for _ in range(100): file.write(bytes(100_000)); file.flush()\ntime.sleep(60)",
        {"disk": 2 << 20},
        "run.limit",
        "wrote over 2 MiB",
    ),
    "fills_the_disk_with_many": Greedy(
        "import time\nfor n in range(5000): open(str(n), 'w').write('x' * 4000)\ntime.sleep(60)",
        {"disk": 2 << 20},
        "run.limit",
        "wrote over 2 MiB",
    ),
    "fills_the_disk_unseen": Greedy(
        "import os, time; file = open('gone', 'wb'); os.remove('gone')\n"
        "file.write(bytes(3 << 20)); file.flush(); os.fsync(file.fileno()); time.sleep(60)",
        {"disk": 2 << 20},
        "run.limit",
        "wrote over 2 MiB",
    ),
    "nests_folders": Greedy(
        "import os, time\nfor _ in range(150): os.mkdir('a'); os.chdir('a')\ntime.sleep(60)",
        {},
        "run.limit",
        "made folders inside each other, more than 100",
    ),
    "prints": Greedy(
        "while True: print('x' * 100_000)",
        {},
        "run.limit",
        "printed over 64 KiB",
    ),
    "prints_and_ends": Greedy(
        "print('x' * (64 << 10))",
        {},
        "run.limit",
        "printed over 64 KiB",
    ),
}
BOMB = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"
DAEMON = (
    "import os, time\n"
    "if not os.fork():\n  os.setsid()\n  if os.fork(): os._exit(0)\n"
    "  os.close(1); os.close(2); time.sleep(60)\n"
    "else: os.wait(); time.sleep(.1)"
)
KILL_PARENT = "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)"
ENDS_WELL = "import sys, threading; threading.Thread(target=print, args=('said',)).start()"
PROGRAMS = {
    **{name: (greedy.code, greedy.limits) for name, greedy in GREEDY.items()},
    "daemon": (DAEMON, {}),
    "kill_parent": (KILL_PARENT, {"seconds": 1.0}),
    "bomb": (BOMB, {}),
    "ends_well": (ENDS_WELL, {}),
    "ends_badly": ("import sys; sys.exit(5)", {}),
    "ends_by_a_signal": ("import os; os.abort()", {}),
}
NOT_WITHOUT_A_SANDBOX = {"bomb"}
"""Without a filter it is ended as well, but not at once: two processors have others to serve."""

Ran = Callable[[str, str], dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def ran(drive: Callable[[str, Rows], Rows]) -> Ran:
    """Give a function that runs all programs, once for each user and rung."""
    came: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}

    def run(user: str, rung: str) -> dict[str, dict[str, Any]]:
        if (user, rung) not in came:
            names = [n for n in PROGRAMS if rung != "process" or n not in NOT_WITHOUT_A_SANDBOX]
            jobs = []
            for name in names:
                code, limits = PROGRAMS[name]
                mark = f"{user}-{rung}-{name}"
                words = ["-c", code, mark]
                jobs.append({"arguments": words, "rung": rung, "limits": limits, "mark": mark})
            came[user, rung] = dict(zip(names, drive(user, jobs), strict=True))
        return came[user, rung]

    return run


@pytest.fixture(params=users())
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest, user: str, needs: Callable[[str, str], None]) -> str:
    needs(user, request.param)
    return str(request.param)


@pytest.mark.parametrize("name", GREEDY)
def test_past_a_limit_a_run_is_ended(user: str, rung: str, name: str, ran: Ran) -> None:
    came, greedy = ran(user, rung)[name], GREEDY[name]
    assert (came["stopped"], came["said"]) == (greedy.stopped, greedy.said)
    assert came["still_there"] == []
    assert came["printed"] <= 64 << 10


def test_a_bomb_of_processes_is_ended(user: str, rung: str, ran: Ran) -> None:
    if rung in NOT_WITHOUT_A_SANDBOX or rung == "process":
        pytest.skip("without a filter it is ended too, but takes the machine meanwhile")
    came = ran(user, rung)["bomb"]
    said = (came["stopped"], came["said"], came["still_there"])
    assert said == ("run.limit", "more than 8 processes", [])


def test_what_is_left_behind_is_counted_and_ended(user: str, rung: str, ran: Ran) -> None:
    came = ran(user, rung)["daemon"]
    said = {name: came[name] for name in ("exit_code", "stopped", "left", "still_there")}
    assert said == {"exit_code": 0, "stopped": None, "left": 1, "still_there": []}
    stays = "stay when the run has ended, in a session of its own"
    assert came["denied"] == ([] if rung == "process" else [stays])


def test_its_parent_is_out_of_reach(user: str, rung: str, ran: Ran) -> None:
    came = ran(user, rung)["kill_parent"]
    if rung == "process":
        assert came["error"].startswith("the watchdog of the sandbox ended")
    elif rung == "landlock":
        assert (came["exit_code"], came["denied"]) == (1, ["signal its parent"])
    else:  # the parent that it sees is one of the sandbox's own, inside
        assert came["denied"] == ["signal its parent"]
    assert came["still_there"] == []


@pytest.mark.parametrize(
    ("name", "code"), [("ends_well", 0), ("ends_badly", 5), ("ends_by_a_signal", -6)]
)
def test_a_run_within_its_limits_ends_by_itself(
    user: str, rung: str, name: str, code: int, ran: Ran
) -> None:
    came = ran(user, rung)[name]
    said = {each: came[each] for each in ("exit_code", "stopped", "said", "left", "denied", "out")}
    assert said == {
        "exit_code": code,
        "stopped": None,
        "said": "",
        "left": 0,
        "denied": [],
        "out": "said\n" if name == "ends_well" else "",
    }
    assert 4 << 20 < came["peak_memory"] < 60 << 20
    assert 0 < came["seconds"] < 20
