"""How far a long run is: one line on a terminal, rewritten in place."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, TextIO

from cardkit.shown.terminal import clip, visible

EVERY = 0.1
"""Seconds between two lines, so that the terminal costs nothing."""


class Progress:
    """Counts cards; silent where nobody watches."""

    def __init__(self, stream: TextIO, total: int, width: int = 80) -> None:
        self.stream = stream
        self.total = total
        self.width = width
        self.shown = total > 1 and stream.isatty()
        self.began = time.monotonic()
        self.last = 0.0
        self.done = 0
        self.bad = 0

    def step(self, name: str, *, bad: bool = False) -> None:
        """Say that a card is done."""
        self.done += 1
        self.bad += bad
        now = time.monotonic()
        if self.shown and (now - self.last > EVERY or self.done == self.total):
            self.last = now
            rate = self.done / max(now - self.began, 1e-6)
            bad_ones = f", {self.bad} bad" if self.bad else ""
            line = f"{self.done:,}/{self.total:,} cards, {rate:,.0f}/s{bad_ones}  {visible(name)}"
            self.stream.write(f"\r\x1b[K{clip(line, self.width - 1)}")
            self.stream.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self.shown and self.last:
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
