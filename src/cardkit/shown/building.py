"""How far the build of a data set is: cards, rate, time left; one line, rewritten in place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from cardkit.shown.live import LiveLine, duration
from cardkit.shown.terminal import visible


class Building(LiveLine):
    """Counts cards of sources whose number of cards nobody knows."""

    def __init__(self, stream: TextIO, width: int = 80) -> None:
        super().__init__(stream, width)
        self.sizes: dict[str, int] = {}
        self.shares: dict[str, float] = {}
        self.began = time.monotonic()
        self.at_first: float | None = None
        """The share that was there before the first card was read now."""
        self.done = 0
        self.bad = 0

    def plan(self, sizes: Sequence[tuple[str, int]]) -> None:
        """Note the sources and their bytes, in the order in which they are read."""
        self.sizes = dict(sizes)

    def step(self, source: str, share: float, *, bad: bool) -> None:
        """Say that a card is done, and how much of its source has been read."""
        self.done += 1
        self.bad += bad
        for name in self.sizes:  # those before it are done
            if name == source:
                break
            self.shares[name] = 1.0
        self.shares[source] = max(share, self.shares.get(source, 0.0))
        now = time.monotonic()
        if self.at_first is None:
            self.at_first, self.began = self.share(), now
        if self.is_due(now):
            self.write(self.line(source, now), now)

    def share(self) -> float:
        """Return how much of all sources has been read, 0 to 1."""
        total = sum(self.sizes.values())
        read = sum(size * self.shares.get(name, 0.0) for name, size in self.sizes.items())
        return read / total if total else 0.0

    def line(self, source: str, now: float) -> str:
        """Return what is shown; the rate of the first second is that of a whole one.

        >>> import io
        >>> building = Building(io.StringIO())
        >>> building.plan([("pool", 100)])
        >>> building.began, building.at_first, building.done = 0.0, 0.0, 500
        >>> building.shares["pool"] = 0.25
        >>> building.line("pool", 10.0)
        '500 cards, 50/s, 25%, 30 s left  pool'
        >>> building.line("pool", 0.0)
        '500 cards, 500/s, 25%, 0 s left  pool'
        """
        spent = max(now - self.began, 1e-6)
        share, since = self.share(), self.share() - (self.at_first or 0.0)
        left = f", {duration(spent * (1 - share) / since)} left" if since > 0 else ""
        bad = f", {self.bad:,} unreadable" if self.bad else ""
        rate = self.done / max(spent, 1.0)
        return f"{self.done:,} cards, {rate:,.0f}/s, {share:.0%}{left}{bad}  {visible(source)}"
