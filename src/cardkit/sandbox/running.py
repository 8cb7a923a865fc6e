"""Running one program in a box."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cardkit.errors import CardkitError
from cardkit.sandbox import denied, supervisor, witness
from cardkit.sandbox.box import Box, readable
from cardkit.sandbox.closing import LOG, told
from cardkit.sandbox.job import Job
from cardkit.sandbox.watchdog import Held

if TYPE_CHECKING:
    from cardkit.outcome import Isolation

START = str(Path(__file__).with_name("start"))
"""Where Python finds what lets the witness begin."""
PARTING = 15.0
"""Seconds for the supervisor to end all, once its lifeline is cut."""


class SandboxError(CardkitError):
    """The box could not be closed, or the program not be started in it."""

    exit_code = 3


def run(
    arguments: Sequence[str],
    box: Box,
    rung: str,
    *,
    environment: Mapping[str, str],
    stdout: Path,
    stderr: Path,
) -> Isolation:
    """Run a program in a box until it ends or passes a limit, and end all that it started.

    It begins in the folder that is written to. `environment`: all of it; see clean_environment.
    Raises SandboxError. An interrupt of this process ends the run as well, as does its own end.
    """
    box = whole(box, environment)
    if shutil.which(arguments[0], path=environment.get("PATH", os.defpath)) is None:
        raise SandboxError(f"no program {os.path.basename(arguments[0])}", todo="install it")
    if rung != "process":
        words = json.dumps(told(box))
        environment = {**environment, "PYTHONPATH": START, witness.VARIABLE: words}
    bwrap = (shutil.which("bwrap") or "bwrap") if rung == "bubblewrap" else ""
    outputs = stdout.absolute(), stderr.absolute()
    job = Job(list(arguments), box, rung, dict(environment), *outputs, bwrap)
    return as_isolation(_supervised(job), box, rung)


def as_isolation(held: Held, box: Box, rung: str) -> Isolation:
    """Return what is told of a run that was held; raises SandboxError if it never began."""
    from cardkit.outcome import Isolation

    rows = denied.read_log(box.write / LOG)
    if held.error:
        raise SandboxError(
            f"the sandbox {rung} could not be closed: {held.error}",
            todo="`cardkit doctor` tells what this machine has",
        )
    return Isolation(
        rung=rung,
        stopped=held.stopped,
        said=held.said,
        denied=denied.in_words([*held.denied, *rows]) if rung != "process" else (),
        exit_code=held.exit_code,
        seconds=held.seconds,
        peak_memory=held.peak_memory,
        left=held.left,
    )


def whole(box: Box, environment: Mapping[str, str]) -> Box:
    """Return a box with all that is readable, its paths absolute.

    Raises SandboxError where it cannot hold.
    """
    box = box._replace(
        read=tuple(path.absolute() for path in box.read), write=box.write.resolve(strict=True)
    )
    for path in box.read:
        if not path.exists():
            raise SandboxError(f"no folder {path.name} to read", todo="make it, or leave it out")
        if path.resolve().is_relative_to(box.write):
            raise SandboxError(
                f"{path.name} may only be read, and lies in the folder that is written to",
                todo="put the two side by side",
            )
    return box._replace(read=tuple(readable(box, environment)))


def _supervised(job: Job) -> Held:
    program = supervisor.PROGRAM.format(path=sys.path)
    # In a session of its own: an interrupt at the terminal comes to us, and we pass it on.
    process = subprocess.Popen(  # noqa: S603 - this Python, and a program of our own
        [sys.executable, "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(job.environment),
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 - all three are pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    try:
        process.stdin.write(job.as_json() + "\n")
        process.stdin.flush()
        answer = process.stdout.read()
        faults = process.stderr.read()
    finally:
        process.stdin.close()
        try:
            process.wait(PARTING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
    if not answer:
        last = (faults.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        raise SandboxError(f"the watchdog of the sandbox ended: {last}", todo="report it")
    return Held(**json.loads(answer))
