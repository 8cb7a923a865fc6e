"""How far a fetch is: one line on a terminal, rewritten in place; sentences above it."""

from __future__ import annotations

import time
from collections import deque
from types import TracebackType
from typing import Self, TextIO

from cardkit.hubs.cache import gigabytes
from cardkit.shown.terminal import clip, visible

EVERY = 0.2
"""Seconds between two lines."""
LOOK_BACK = 10.0
"""Seconds that the rate is taken over: a rate since the beginning would hide that it stalls."""


class Transfer:
    """Counts bytes; the line is for a terminal only, the sentences for every reader."""

    def __init__(self, stream: TextIO, width: int = 80) -> None:
        self.stream = stream
        self.width = width
        self.live = stream.isatty()
        self.total = 0
        self.done = 0
        self.seen: deque[tuple[float, int]] = deque()
        self.last = 0.0

    def begin(self, files: int, size: int, missing: int) -> None:
        """Say what is to come."""
        self.total = size
        here = size - missing
        rest = f", {gigabytes(here)} of it lies here and is checked" if here else ""
        self.say(f"{files} files, {gigabytes(size)}{rest}")
        self.seen.append((time.monotonic(), 0))

    def step(self, size: int) -> None:
        """Count bytes."""
        self.done += size
        now = time.monotonic()
        if self.live and now - self.last > EVERY:
            self.last = now
            self.seen.append((now, self.done))
            while now - self.seen[0][0] > LOOK_BACK and len(self.seen) > 2:
                self.seen.popleft()
            self.stream.write(f"\r\x1b[K{clip(self.line(), self.width - 1)}")
            self.stream.flush()

    def line(self) -> str:
        """Return how far it is, how fast, and how long it takes."""
        (since, before), (now, _) = self.seen[0], self.seen[-1]
        rate = max(self.done - before, 0) / max(now - since, 1e-6)
        left = f", {duration((self.total - self.done) / rate)} left" if rate else ""
        share = 100 * self.done / max(self.total, 1)
        return (
            f"{gigabytes(self.done)} of {gigabytes(self.total)} ({share:.0f} %), "
            f"{gigabytes(rate)}/s{left}"
        )

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self.clear()
        self.stream.write(f"{visible(sentence)}\n")
        self.stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.live and self.last:
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()


def duration(seconds: float) -> str:
    """Return a time for people.

    >>> duration(5), duration(200), duration(8000)
    ('5 s', '3 min', '2 h 13 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
