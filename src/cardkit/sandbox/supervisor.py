"""The process between cardkit and a run: it starts the run, watches it, and ends with it.

It reads a Job in one line on its standard input, which then is its lifeline: whoever started it
has ended when the input ends. It writes a Held in one line. No package is imported here, so that
it starts in some hundredths of a second.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from dataclasses import asdict
from typing import NoReturn

from cardkit.sandbox import bubblewrap
from cardkit.sandbox.channel import Said, in_words, send
from cardkit.sandbox.closing import close
from cardkit.sandbox.job import Job
from cardkit.sandbox.kernel import SET_CHILD_SUBREAPER, SET_PDEATHSIG, prctl
from cardkit.sandbox.watchdog import Held, Watchdog

PROGRAM = "import sys; sys.path[:] = {path!r}; from cardkit.sandbox.supervisor import main; main()"
RESTORED = ("SIGPIPE", "SIGXFSZ", "SIGXFZ")
"""Signals that Python ignores, and a program expects at their default."""
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


def main() -> None:
    """Do what the standard input says."""
    held = supervise(Job.from_json(sys.stdin.readline()))
    print(json.dumps(asdict(held)))  # noqa: T201 - this is how it answers


def supervise(job: Job) -> Held:
    """Run a program in a box, and watch it."""
    if sys.platform == "linux":
        prctl(SET_CHILD_SUBREAPER, 1)
    files = [os.open(path, WRITE, 0o600) for path in (job.stdout, job.stderr)]
    reads, writes = zip(os.pipe(), os.pipe(), strict=True)
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        _become(job, writes, theirs, parent)
    theirs.close()
    for pipe in writes:
        os.close(pipe)
    for pipe in reads:
        os.set_blocking(pipe, False)
    depth = bubblewrap.DEPTH if job.rung == "bubblewrap" else 0
    watchdog = Watchdog(pid, job.box, depth=depth)
    return watchdog.watch(sys.stdin.fileno(), dict(zip(reads, files, strict=True)), ours)


def _become(job: Job, outputs: tuple[int, ...], channel: socket.socket, parent: int) -> NoReturn:
    """Turn this new process into the run."""
    try:
        os.setsid()
        if sys.platform == "linux":
            prctl(SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it ended in between
                os._exit(1)
        for name in RESTORED:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        for number, file in enumerate((null, *outputs)):
            os.dup2(file, number)
        os.chdir(job.box.write)
        if job.rung == "bubblewrap":
            bubblewrap.become(job, channel)
        close(job.box, job.rung, channel)
        os.execvpe(job.arguments[0], list(job.arguments), dict(job.environment))  # noqa: S606
    except BaseException as error:  # noqa: BLE001 - whatever it is, the watchdog must hear of it
        send(channel, Said(error=in_words(error)))
    finally:
        os._exit(127)
