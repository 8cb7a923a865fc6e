"""A fork server imports once, and gives what a process of its own gives."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")
pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.outcome import Isolation, Outcome, Tensors
from cardkit.runner.child import run as run_here
from cardkit.runner.fork_server import ForkServer, fits
from cardkit.runner.outcomes import read_outcome
from cardkit.sandbox import available, clean_environment
from cardkit.sandbox.box import Box
from cardkit.sandbox.running import SandboxError
from example_runs import GENERATE, job

RUNG = "landlock" if "landlock" in available() else "process"


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer() as started:
        yield started


def box(folder: Path, work: Path, **others: Any) -> Box:
    limits: dict[str, Any] = {"seconds": 60, "memory": None, "processes": 8}
    limits |= {"disk": 64 << 20, "printed": 1 << 20}
    source = Path(__file__).parents[2] / "src"
    return Box(read=(folder, source), write=work, **limits | others)


def ask(
    server: ForkServer, script: str, folder: Path, work: Path, *, layers: str = "", **others: Any
) -> tuple[Isolation, Outcome]:
    """Run a script through the server."""
    inside = work / "inside"
    inside.mkdir(parents=True)
    told = inside / "job.json"
    told.write_text(job(script, folder, inside, layers=layers).model_dump_json())
    held = box(folder, inside, **others)
    environment = clean_environment(held, {"OMP_NUM_THREADS": "1"})
    outputs = {"stdout": work / "stdout", "stderr": work / "stderr"}
    isolation = server.run(told, held, RUNG, environment=environment, **outputs)
    return isolation, read_outcome(inside)


def test_a_fork_gives_what_a_process_gives(
    server: ForkServer, folder: Path, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    run_here(job(GENERATE, folder, here))
    for name in ("one", "two"):
        isolation, found = ask(
            server, GENERATE + "print('hi')\n", folder, tmp_path / name, layers="L1 L8"
        )
        assert isolation == Isolation(
            rung=RUNG,
            exit_code=0,
            seconds=isolation.seconds,
            peak_memory=isolation.peak_memory,
        )
        assert (tmp_path / name / "stdout").read_text() == "hi\n"
        assert (found.reached, found.error, found.printed) == ("end", None, "hi\n")
        assert found.tensors == Tensors(compared=21)
        assert found.environment is not None
        assert found.environment.threads == 1  # as the job's environment says
        assert found.answers[0].output_ids == read_outcome(here).answers[0].output_ids


def test_one_that_is_stopped_while_it_imports_ends_at_once(tmp_path: Path) -> None:
    server = ForkServer()
    server.begin()
    process = server._process
    assert process is not None
    with pytest.raises(SandboxError, match="does not run"):
        server.run(tmp_path, box(tmp_path, tmp_path), RUNG, environment={},
                   stdout=tmp_path / "stdout", stderr=tmp_path / "stderr")  # fmt: skip
    server.stop()
    assert process.returncode == -signal.SIGKILL


def test_what_one_job_leaves_is_not_there_for_the_next(
    server: ForkServer, folder: Path, tmp_path: Path
) -> None:
    ask(server, "import transformers, os\ntransformers.left = os.environ['LEFT'] = 'x'\n", folder,
        tmp_path / "one")  # fmt: skip
    code = "import transformers, os\nprint(hasattr(transformers, 'left'), 'LEFT' in os.environ)\n"
    assert ask(server, code, folder, tmp_path / "two")[1].printed == "False False\n"


def test_the_home_is_inside_the_folder_of_the_work(
    server: ForkServer, folder: Path, tmp_path: Path
) -> None:
    code = (
        "import os, tempfile\n"
        f"for each in (os.path.expanduser('~'), tempfile.gettempdir(), os.getcwd()):\n"
        f"    print(os.path.relpath(each, {str(tmp_path / 'one')!r}))\n"
    )
    _, found = ask(server, code, folder, tmp_path / "one")
    assert found.printed == "inside/home\ninside/tmp\ninside\n"


@pytest.mark.skipif(RUNG == "process", reason="this machine has no Landlock")
def test_the_box_is_closed(server: ForkServer, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    _, found = ask(server, f"open({str(secret)!r})", folder, tmp_path / "one")
    assert found.error is not None
    assert found.error.type == "PermissionError"


@pytest.mark.parametrize(
    ("code", "others", "stopped", "exit_code"),
    [
        ("import time\ntime.sleep(60)", {"seconds": 1}, "run.timeout", -9),
        ("print('x' * 3_000_000, flush=True)\nimport time\ntime.sleep(60)", {}, "run.limit", -9),
        ("import os\nos._exit(7)", {}, None, 7),
    ],
)
def test_an_end_is_told_and_the_server_goes_on(
    code: str, others: Any, stopped: str, exit_code: int, server: ForkServer, folder: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    isolation, _ = ask(server, code, folder, tmp_path / "one", **others)
    assert (isolation.stopped, isolation.exit_code) == (stopped, exit_code)
    isolation, found = ask(server, "print('well')", folder, tmp_path / "two")
    assert (isolation.stopped, isolation.exit_code, found.printed) == (None, 0, "well\n")


def test_a_box_that_cannot_be_closed_is_an_error(
    server: ForkServer, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(SandboxError):
        ask(server, "", folder / "nowhere", tmp_path / "one")
    assert ask(server, "print(1)", folder, tmp_path / "two")[1].printed == "1\n"


def test_what_runs_ends_with_the_server(folder: Path, tmp_path: Path) -> None:
    import threading

    server = ForkServer()
    server.start()
    alive = tmp_path / "one" / "inside" / "alive"
    code = (
        "import os, time\n"
        "if not os.fork(): os.setsid()\n"
        f"open({str(alive)!r} + str(os.getpid()), 'w').close()\n"
        "time.sleep(60)\n"
    )

    def ask_it() -> None:
        with pytest.raises(SandboxError):
            ask(server, code, folder, tmp_path / "one")

    thread = threading.Thread(target=ask_it)
    thread.start()
    until = time.monotonic() + 30
    while len(pids := [int(each.name[5:]) for each in alive.parent.glob("alive*")]) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert server._socket is not None
    server._socket.shutdown(2)
    thread.join(20)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_only_what_a_fork_can_do_fits(folder: Path, tmp_path: Path) -> None:
    plain = job("", folder, tmp_path)
    assert fits(plain)
    assert not fits(job("", folder, tmp_path, allow_remote_code=True))
    on_npu = plain.model_copy(update={"plan": plain.plan.model_copy(update={"device": "npu:0"})})
    assert not fits(on_npu)
