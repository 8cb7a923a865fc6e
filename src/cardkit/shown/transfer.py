"""How far a fetch is: one line on a terminal, rewritten in place; sentences above it."""

from __future__ import annotations

import time
from collections import deque
from typing import TextIO

from cardkit.hubs.cache import gigabytes
from cardkit.shown.live import LiveLine, duration
from cardkit.shown.terminal import visible

LOOK_BACK = 10.0
"""Seconds that the rate is taken over: a rate since the beginning would hide that it stalls."""


class Transfer(LiveLine):
    """Counts bytes; the line is for a terminal only, the sentences for every reader."""

    def __init__(self, stream: TextIO, width: int = 80) -> None:
        super().__init__(stream, width)
        self.total = 0
        self.done = 0
        self.seen: deque[tuple[float, int]] = deque()

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
        if self.is_due(now):
            self.seen.append((now, self.done))
            while now - self.seen[0][0] > LOOK_BACK and len(self.seen) > 2:
                self.seen.popleft()
            self.write(self.line(), now)

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
