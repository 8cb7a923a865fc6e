"""Tasks read in processes of their own, so that a crash or a hang costs one task and no more.

Each worker is a fresh Python (nothing is forked) that reads tasks from its standard input and
writes results to its standard output. A thread feeds each of them; the caller's thread watches
the clock and kills a worker whose task takes too long, and a new one goes on with the rest.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, NamedTuple

TICK = 0.1
"""Seconds between two looks at the clock while nothing comes."""
START = 60.0
"""Seconds that a worker has to start: a busy machine is slow, but not that slow."""
CHUNK = 16
"""Tasks that a worker is given at once, so that it never waits for the next."""
AHEAD = 4
"""Chunks for each worker that may be read before the caller has taken them."""
FEW = 24
"""Tasks for which a worker is worth its start: about 0.2 seconds, or so many cards."""
SELDOM = (50_000, 20, 20)
"""How often a worker looks for cycles (`gc.set_threshold`): reading a card makes few of them, and
with Python's own figures a tenth of the time went into looking."""
CHILD = "import sys; sys.path[:] = {path!r}; from cardkit.workers import serve; serve({reader!r})"


class Lost(NamedTuple):
    """What comes of a task whose worker ended before the task did."""

    overdue: bool
    """Whether it took too long; otherwise the worker crashed."""
    code: int
    """The worker's exit code; below zero the number of the signal that ended it."""


Task = tuple[int, Any]


def run(
    reader: str, tasks: Iterable[Any], *, seconds: float, workers: int | None = None
) -> Iterator[Any]:
    """Yield what a reader, named `module:function`, makes of each task, in their order.

    A task that takes longer than the seconds it has, or ends its worker, yields Lost. Tasks and
    results are pickled. A few tasks are given to one worker; many to one for each processor. Tasks
    are taken as they are needed, so there may be more of them than memory holds.

    >>> list(run("operator:neg", [1, 2], seconds=20))
    [-1, -2]
    """
    coming = iter(tasks)
    first = list(islice(coming, FEW * (workers or processors())))
    if not first:
        return
    count = workers or max(1, len(first) // FEW)
    pool = _Pool(reader, count, seconds)
    atexit.register(pool.close)  # also when the caller is interrupted between two results
    try:
        size = max(1, min(CHUNK, len(first) // (2 * count)))
        yield from pool.results(enumerate(chain(first, coming)), size)
    finally:
        pool.close()
        atexit.unregister(pool.close)


def serve(reader: str) -> None:
    """Be a worker: answer tasks from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to answer
    gc.set_threshold(*SELDOM)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    questions = sys.stdin.buffer
    module, _, name = reader.partition(":")
    read: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    _send(answers, None)  # ready
    while True:
        try:
            chunk = pickle.load(questions)  # noqa: S301 - it comes from the process that began this
        except EOFError:
            return
        for task in chunk:
            _send(answers, read(task))


class _Pool:
    """Workers, the chunks that wait for them, and the results that came."""

    def __init__(self, reader: str, count: int, seconds: float) -> None:
        self.chunks: SimpleQueue[list[Task] | None] = SimpleQueue()
        self.came: SimpleQueue[Task] = SimpleQueue()
        self.workers = [_Worker(reader, seconds, self.chunks, self.came) for _ in range(count)]
        for worker in self.workers:
            worker.thread.start()

    def results(self, tasks: Iterator[Task], size: int) -> Iterator[Any]:
        """Yield the results in the order of the tasks, a bounded number of chunks ahead."""
        ahead = AHEAD * size * len(self.workers)
        wanted = given = 0
        early: dict[int, Any] = {}
        while True:
            while given < wanted + ahead and (chunk := list(islice(tasks, size))):
                self.chunks.put(chunk)
                given += len(chunk)
            if wanted == given:
                return
            while wanted not in early:
                try:
                    at, result = self.came.get(timeout=TICK)
                except Empty:
                    for worker in self.workers:
                        worker.watch()
                else:
                    early[at] = result
            yield early.pop(wanted)
            wanted += 1

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.end()
        for _ in self.workers:
            self.chunks.put(None)
        for worker in self.workers:
            worker.thread.join()


class _Worker:
    """A process that reads tasks, and the thread that feeds it."""

    def __init__(
        self,
        reader: str,
        seconds: float,
        chunks: SimpleQueue[list[Task] | None],
        came: SimpleQueue[Task],
    ) -> None:
        self.reader = reader
        self.seconds = seconds
        self.chunks = chunks
        self.came = came
        self.process: subprocess.Popen[bytes] | None = None
        self.lock = threading.Lock()
        self.reads: int | None = None
        """The task that is being read."""
        self.until = 0.0
        """When it has to be done."""
        self.overdue: int | None = None
        """The task that the process was killed for."""
        self.ended = False
        self.thread = threading.Thread(target=self.feed, daemon=True)

    def feed(self) -> None:
        """Give the process one chunk after the other; this is what the thread does."""
        while (chunk := self.chunks.get()) and not self.ended:
            while chunk and not self.ended:
                chunk = self.read(chunk)
        self.reap()

    def read(self, chunk: list[Task]) -> list[Task]:
        """Let the process read a chunk; return what is left when the process ends."""
        left = list(chunk)
        try:
            self.expect(left[0][0], START if self.process is None else self.seconds)
            process = self.process or self.start()
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            _send(process.stdin, [task for _, task in left])
            while left:
                self.expect(left[0][0], self.seconds)
                result = pickle.load(process.stdout)  # noqa: S301 - of a process of our own
                self.expect(None, 0)
                self.came.put((left.pop(0)[0], result))
        except (OSError, EOFError, pickle.UnpicklingError):
            code = self.reap()
            if self.overdue in (None, left[0][0]):
                self.came.put((left.pop(0)[0], Lost(self.overdue is not None, code)))
            self.overdue = None
        return left

    def expect(self, task: int | None, seconds: float) -> None:
        """Note which task is read, and until when."""
        with self.lock:
            self.reads, self.until = task, time.monotonic() + seconds

    def watch(self) -> None:
        """Kill the process if its task takes too long."""
        with self.lock:
            late = self.reads is not None and time.monotonic() > self.until
            if late and self.process and self.overdue is None:
                self.overdue = self.reads
                self.process.kill()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, and wait until it is ready."""
        program = CHILD.format(path=sys.path, reader=self.reader)
        process = subprocess.Popen(  # noqa: S603 - this Python, and a program of our own
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with self.lock:
            self.process = process
            if self.ended:
                process.kill()
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        pickle.load(process.stdout)  # noqa: S301 - of a process of our own
        return process

    def reap(self) -> int:
        """Return the exit code of the process, which is ending."""
        process, self.process = self.process, None
        if process is None:
            return 0
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be written is lost with the process
        process.kill()  # a process that only closed its output
        return process.wait()

    def end(self) -> None:
        """End the process, whatever it does."""
        with self.lock:
            self.ended = True
            if self.process:
                self.process.kill()


def _send(stream: BinaryIO | Any, message: Any) -> None:
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
