"""The steps of a run, and what each of them took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cardkit.runner.memory import peak


class Steps:
    """Called with the name of a step as it begins, which ends the one before."""

    def __init__(self, reached: Callable[[str], None]) -> None:
        self._reached = reached
        self._now: tuple[str, float] | None = None
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, int] = {}

    def __call__(self, name: str) -> None:
        """Begin a step."""
        self.end()
        self._reached(name)
        self._now = name, time.perf_counter()

    def end(self) -> None:
        """End the step that runs, if one does."""
        if self._now is not None:
            name, began = self._now
            self.seconds[name] = time.perf_counter() - began
            self.peaks[name] = max(peak(), *self.peaks.values(), 0)  # Linux counts roughly
            self._now = None

    def took(self) -> dict[str, Any]:
        """Return fields of `Speed`: of the steps that have ended."""
        return {"seconds": {**self.seconds}, "peaks": {**self.peaks}}
