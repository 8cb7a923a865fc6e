"""A clock in the list of what stops generation: it notes each token's time, and holds the cap."""

from __future__ import annotations

import time
from typing import Any


class Clock:
    """Called after each token of a call of `generate`."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.times: list[float] = []
        self.start: int | None = None
        """Tokens that were there before the first new one."""

    def __call__(self, input_ids: Any, scores: Any, **_kwargs: Any) -> Any:
        """Return, for each row, whether the cap is reached; scores are not looked at."""
        del scores
        self.times.append(time.perf_counter())
        length = int(input_ids.shape[-1])
        if self.start is None:
            self.start = length - 1
        done = length - self.start >= self.cap
        return input_ids.new_full((input_ids.shape[0],), done, dtype=_bool())

    @property
    def gaps(self) -> list[float]:
        """Seconds from each new token to the next; the first is not among them."""
        return [after - before for before, after in zip(self.times, self.times[1:], strict=False)]


def _bool() -> Any:
    import torch

    return torch.bool
