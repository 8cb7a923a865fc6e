"""Several cards are read in processes of their own: what one of them does costs that card only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cardkit import readings, workers
from cardkit.errors import CrashedError, TimeExceededError

ROOT = Path(__file__).parent.parent
FAKE = """
import os, signal, sys, time
from cardkit.readings import Reading

def double(task):
    match task:
        case "exit":
            os._exit(7)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(600)
        case "print":
            print("said by a library", flush=True)
    return task * 2

def card(task):
    uri, raw = task
    double(uri)
    return Reading(uri, "", {"read": uri, "given": raw and raw.decode()})

def pid(task):
    time.sleep(0.05)
    return os.getpid()
"""


@pytest.fixture(autouse=True)
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fake_reader.py").write_text(FAKE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def doubled(*tasks: object, seconds: float = 20, count: int = 1) -> list[object]:
    return list(workers.run("fake_reader:double", tasks, seconds=seconds, workers=count))


@pytest.mark.parametrize("count", [1, 2])
def test_results_come_in_the_order_of_the_tasks(count: int) -> None:
    assert doubled(*range(200), count=count) == [2 * n for n in range(200)]


def test_no_task_starts_no_worker() -> None:
    assert doubled() == []


def test_a_task_that_ends_its_worker_is_lost_and_no_other() -> None:
    crashed = workers.Lost(overdue=False, code=-signal.SIGSEGV)
    assert doubled("a", "exit", "b", "crash", "c") == [
        "aa",
        workers.Lost(overdue=False, code=7),
        "bb",
        crashed,
        "cc",
    ]


def test_a_task_that_hangs_is_stopped_and_the_others_go_on() -> None:
    began = time.monotonic()
    assert doubled("a", "hang", "b", "hang", seconds=0.3) == [
        "aa",
        workers.Lost(overdue=True, code=-signal.SIGKILL),
        "bb",
        workers.Lost(overdue=True, code=-signal.SIGKILL),
    ]
    assert time.monotonic() - began < 15


def test_what_a_library_prints_is_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    assert doubled("print", "b") == ["printprint", "bb"]
    assert capfd.readouterr() == ("", "said by a library\n")


def test_many_tasks_are_shared_by_several_workers() -> None:
    pids = workers.run("fake_reader:pid", range(12), seconds=20, workers=2)
    assert len(set(pids)) == 2


def test_a_result_is_given_before_the_last_task_is_read() -> None:
    results = workers.run("fake_reader:double", ["a", *["hang"] * 5], seconds=20, workers=1)
    began = time.monotonic()
    assert next(results) == "aa"
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 15


def test_no_worker_is_left_when_the_caller_stops() -> None:
    results = workers.run("fake_reader:pid", range(50), seconds=20, workers=1)
    pid = next(results)
    results.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_card_that_is_lost_is_an_error_that_says_what_to_do() -> None:
    reader = "fake_reader:card"
    cards = list(readings.readings(["a.md", "hang", "exit", "b.md"], reader=reader, seconds=0.4))
    assert [card.record and card.record["read"] for card in cards] == ["a.md", None, None, "b.md"]
    assert [type(card.error) for card in cards] == [
        type(None),
        TimeExceededError,
        CrashedError,
        type(None),
    ]
    assert str(cards[1].error).startswith("hang: reading it took more than 0.4 seconds")
    assert str(cards[2].error).startswith("exit: the process that read it ended with exit code 7")


def test_a_fault_of_ours_is_an_error_of_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> object:
        raise KeyError("size")

    monkeypatch.setattr(readings, "read_record", fault)
    card = str(next((ROOT / "cards").glob("*.md")))
    reading = readings.read((card, None))
    assert isinstance(reading.error, CrashedError)
    assert "cardkit failed: KeyError: 'size' (test_workers.py:" in str(reading.error)
    with pytest.raises(KeyError):  # alone, it shows all of its traceback
        list(readings.readings([card]))


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_ends_the_run_and_its_workers() -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from cardkit import workers\n"
        "for pid in workers.run('fake_reader:pid', range(10000), seconds=20, workers=1):\n"
        "    print(pid, flush=True)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert run.stdout is not None
    worker = int(run.stdout.readline())
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to all of its processes
    _, said = run.communicate(timeout=20)
    assert said.decode().count("Traceback") == 1  # the caller's, and none of a worker
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
