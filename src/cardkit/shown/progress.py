"""How far a long run is: one line on a terminal, rewritten in place."""

from __future__ import annotations

import time
from typing import TextIO

from cardkit.shown.live import LiveLine
from cardkit.shown.terminal import visible


class Progress(LiveLine):
    """Counts cards, where they are more than one."""

    def __init__(self, stream: TextIO, total: int, width: int = 80) -> None:
        super().__init__(stream, width)
        self.total = total
        self.is_watched = self.is_watched and total > 1
        self.began = time.monotonic()
        self.done = 0
        self.bad = 0

    def step(self, name: str, *, bad: bool = False) -> None:
        """Say that a card is done."""
        self.done += 1
        self.bad += bad
        now = time.monotonic()
        if self.is_due(now) or (self.is_watched and self.done == self.total):
            rate = self.done / max(now - self.began, 1e-6)
            bad_ones = f", {self.bad} bad" if self.bad else ""
            cards = f"{self.done:,}/{self.total:,} cards, {rate:,.0f}/s"
            self.write(f"{cards}{bad_ones}  {visible(name)}", now)
