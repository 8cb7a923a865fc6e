"""The watchdog: bounds a process and all that it started, and ends them."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cardkit.sandbox import listener, tree, written
from cardkit.sandbox.box import DEPTH, FILES, THREADS, Box
from cardkit.sandbox.channel import Said, receive

SHARE = 200
"""A look takes at most one part in so many of the time: half a percent."""
SHORTEST, LONGEST = 0.02, 0.5
"""Seconds between two looks at processes and memory."""
SHORTEST_DISK, LONGEST_DISK = 0.1, 5.0
"""Seconds between two looks at what was written."""
LEAST_MEMORY = 256 << 20
"""Bytes of the machine's memory under which a run is ended, or a hundredth of them if that is
less: memory that no process is seen to have would else take the machine down."""
LEAST_DISK = 64 << 20
"""Bytes of the disk, where there were twice as many before."""
STAYED = ("stay", "when the run has ended, in a session of its own")
"""Verb and object: a library's workers stay in the run's."""
PIPE = 1 << 16
"""Bytes that are taken at once."""


@dataclass
class Held:
    """How a run went; what becomes an Isolation."""

    stopped: str | None = None
    said: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    peak_memory: int = 0
    left: int = 0
    denied: list[tuple[str, str, bool]] = field(default_factory=list)
    error: str = ""
    """Why the box could not be closed, or the program not be started."""


class Watchdog:
    """Watches the child `pid` of this process, which adopts what the child leaves behind."""

    def __init__(self, pid: int, box: Box, *, depth: int = 0, others: Sequence[int] = ()) -> None:
        self.pid = self.program = pid
        self.depth = depth
        self.box = box
        self.held = Held()
        self.started = time.monotonic()
        self.own: set[int] = set(others)
        """Processes that are not the run's: others of the caller's."""
        self.chain: set[int] = set()
        """Those of the sandbox itself: the first `depth` from the child on."""
        self.printed = 0
        self.outputs: tuple[Path, ...] = ()
        """Files that the run prints into by itself."""
        self.written_before = written.measure(box.write).size
        self.kills_before = _kills_for_memory()
        self.crowded = _free(box.write) < 2 * LEAST_DISK
        self.next_look = self.next_disk = 0.0
        self.ended: dict[int, tree.Ended] = {}
        self.inner = False
        """Whether bubblewrap's inside has said how the program ended."""
        self.listening: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether the child has ended, or must."""
        return self.held.stopped is not None or bool(self.held.error) or self.pid in self.ended

    def stop(self, code: str, said: str) -> None:
        """Note that the run has to end, and why; the first reason stays."""
        if self.held.stopped is None:
            self.held.stopped, self.held.said = code, said

    def watch(
        self, lifeline: int | None, pipes: dict[int, int], channel: socket.socket | None
    ) -> Held:
        """Watch until the child has ended, or has passed a limit; then end all that is left.

        `lifeline`: at its end the run ends as well. `pipes`: what is read from, and the file that
        it is copied into. `channel`: where the child says that its box is closed.
        """
        poll = select.poll()
        child = _ending(self.pid)
        for file in (child, lifeline, *pipes, channel.fileno() if channel else None):
            if file is not None:
                poll.register(file, select.POLLIN)
        # Held, or the kernel could forget that the child may look into its own folder there.
        held = _proc(self.pid)
        try:
            while not self.is_over:
                self._look_when_due()
                events = dict(poll.poll(self._patience()))
                ready = set(events)
                if lifeline in ready:
                    self.held.error = "its parent has ended"
                if channel is not None and not self._hear(channel, poll):
                    poll.unregister(channel)
                    channel = None
                if self.listening is not None and events.get(self.listening, 0) & select.POLLIN:
                    listener.answer(self.listening, self._may_fork, self._note)
                for pipe in ready & set(pipes):
                    if self._copy(pipe, pipes[pipe]) == 0:
                        poll.unregister(pipe)
                if child in ready or child is None:
                    self._ask_for_its_end()
            if channel is not None:
                self._hear(channel, poll)
            return self._end(pipes)
        finally:
            for file in (child, held, self.listening):
                if file is not None:
                    os.close(file)

    def _end(self, pipes: dict[int, int]) -> Held:
        held = self.held
        held.seconds = time.monotonic() - self.started
        if held.stopped is None:
            self._look_at_the_disk()
        if not self.inner:
            left = [each for each in self._processes() if each.alive and each.pid != self.program]
            held.left = len(left)
            if held.stopped is None and any(each.session != self.program for each in left):
                self._note(*STAYED)
        if self.listening is not None:  # no process can be made any more
            os.close(self.listening)
            self.listening = None
        if self.pid not in self.ended:
            for kill in (os.killpg, os.kill):
                with suppress(ProcessLookupError, PermissionError):
                    kill(self.pid, signal.SIGKILL)
        self.ended = tree.end(os.getpid(), self.own) | self.ended
        if not self.ended:  # where there is no /proc
            self._ask_for_its_end(0)
        for pipe, file in pipes.items():
            while self._copy(pipe, file):
                pass
        if (ended := self.ended.get(self.pid)) is not None:
            held.exit_code = ended.code
            held.peak_memory = max(held.peak_memory, ended.peak)
            if ended.code == -signal.SIGKILL and _kills_for_memory() > self.kills_before:
                self.stop("run.out_of_memory", "the machine had no memory left")
        return held

    def _ask_for_its_end(self, flags: int = os.WNOHANG) -> None:
        if self.pid in self.ended:  # as bubblewrap's inside has said
            return
        pid, status, usage = os.wait4(self.pid, flags)
        if pid:
            self.ended[pid] = tree.ended(status, usage)

    def _patience(self) -> float:
        """Return the milliseconds until the next look."""
        now = time.monotonic()
        until = min(self.next_look, self.next_disk, self.started + self.box.seconds)
        return max(0.0, until - now) * 1000 + 1

    def _processes(self) -> list[tree.Process]:
        found = tree.below(os.getpid(), self.own)
        self.ended |= tree.reap(process for process in found if process.pid != self.pid)
        return [process for process in found if process.pid not in self.chain]

    def _look_when_due(self) -> None:
        now = time.monotonic()
        if now - self.started > self.box.seconds:
            self.stop("run.timeout", f"took more than {self.box.seconds:g} s")
        elif now >= self.next_look:
            self._look()
            cost = time.monotonic() - now
            self.next_look = now + cost + min(max(SHARE * cost, SHORTEST), LONGEST)
        elif now >= self.next_disk:
            self._look_at_the_disk()
            cost = time.monotonic() - now
            self.next_disk = now + cost + min(max(SHARE * cost, SHORTEST_DISK), LONGEST_DISK)

    def _look(self) -> None:
        box, processes = self.box, self._processes()
        alive = [process for process in processes if process.alive]
        if len(processes) > box.processes:
            self.stop("run.limit", f"more than {box.processes} processes")
        if sum(process.threads for process in alive) > THREADS:
            self.stop("run.limit", f"more than {THREADS} threads")
        memory = sum(process.resident for process in alive)
        if len(alive) > 1 and memory > self.held.peak_memory:
            memory = tree.proportional(alive)
        self.held.peak_memory = max(self.held.peak_memory, memory)
        if box.memory is not None and memory > box.memory:
            self.stop("run.out_of_memory", f"took more than {in_words(box.memory)} of memory")
        if _machine_is_full():
            self.stop("run.out_of_memory", "the machine had no memory left")
        printed = self.printed + sum(path.stat().st_size for path in self.outputs if path.exists())
        if printed > box.printed:
            self.stop("run.limit", f"printed over {in_words(box.printed)}")

    def _look_at_the_disk(self) -> None:
        box, found = self.box, written.measure(self.box.write)
        size = found.size - self.written_before
        size += written.held_open(process.pid for process in self._processes())
        if size > box.disk:
            self.stop("run.limit", f"wrote over {in_words(box.disk)}")
        if found.files > FILES:
            self.stop("run.limit", f"made more than {FILES} files")
        if found.depth > DEPTH:
            self.stop("run.limit", f"made folders inside each other, more than {DEPTH}")
        if not self.crowded and _free(box.write) < LEAST_DISK:
            self.stop("run.limit", "the disk was full")

    def _hear(self, channel: socket.socket, poll: select.poll) -> bool:
        """Take all that the child has said of its box; return whether it may say more."""
        channel.setblocking(False)
        while True:
            try:
                said = receive(channel)
            except BlockingIOError:
                return True
            if said is None:
                return False
            self._take(said)
            if said.listener is not None:
                self.listening = said.listener
                poll.register(self.listening, select.POLLIN)

    def _take(self, said: Said) -> None:
        if said.error:
            self.held.error = said.error
        if said.inner is not None:
            code, left, peak = said.inner
            self.ended[self.pid] = tree.Ended(code, peak)
            self.held.left, self.inner = left, True
            if said.stayed and self.held.stopped is None:
                self._note(*STAYED)
        if said.ready:
            for _ in range(self.depth):
                self.chain.add(self.program)
                self.program = next(tree.children(self.program), self.program)

    def _may_fork(self) -> bool:
        if not self.is_over and len(self._processes()) >= self.box.processes:
            self.stop("run.limit", f"more than {self.box.processes} processes")
        return not self.is_over

    def _note(self, verb: str, what: str) -> None:
        if (verb, what, True) not in self.held.denied and len(self.held.denied) < 1000:
            self.held.denied.append((verb, what, True))

    def _copy(self, pipe: int, file: int) -> int | None:
        """Copy what was printed, up to the limit; return how much it was, 0 at the end."""
        try:
            came = os.read(pipe, PIPE)
        except BlockingIOError:
            return None
        room = self.box.printed - self.printed
        os.write(file, came[: max(room, 0)])
        self.printed += len(came)
        if self.printed > self.box.printed:
            self.stop("run.limit", f"printed over {in_words(self.box.printed)}")
        return len(came)


def in_words(size: int) -> str:
    """Return a number of bytes in words.

    >>> in_words(16 << 20), in_words(2 << 30), in_words(1500)
    ('16 MiB', '2 GiB', '1500 bytes')
    """
    for unit, bits in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size and size % (1 << bits) == 0:
            return f"{size >> bits} {unit}"
    return f"{size} bytes" if size < 10**6 else f"{size / 1e6:g} MB"


def _ending(pid: int) -> int | None:
    """Return a file that is ready when a process has ended; None where the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _proc(pid: int) -> int | None:
    try:
        return os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _kills_for_memory() -> int:
    """Return how often the kernel has ended a process of this machine for want of memory."""
    with suppress(OSError), open("/proc/vmstat", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def _machine_is_full() -> bool:
    """Return whether the machine has next to no memory left."""
    try:
        rows = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    sizes = {name: int(rest.split()[0]) << 10 for name, _, rest in (r.partition(":") for r in rows)}
    total, free = sizes.get("MemTotal", 0), sizes.get("MemAvailable")
    return free is not None and free < min(LEAST_MEMORY, total // 100)
