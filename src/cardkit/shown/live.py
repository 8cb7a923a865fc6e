"""One line on a terminal that tells how far something is, rewritten in place."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TextIO

from cardkit.shown.terminal import clip

EVERY = 0.2
"""Seconds between two lines, so that the terminal costs nothing."""


class LiveLine:
    """The line; nothing is written where nobody watches."""

    def __init__(self, stream: TextIO, width: int = 80) -> None:
        self.stream = stream
        self.width = width
        self.is_watched = stream.isatty()
        self.last = 0.0
        """When it was written last; 0: never."""

    def is_due(self, now: float) -> bool:
        """Tell whether it is time for another line."""
        return self.is_watched and now - self.last > EVERY

    def write(self, line: str, now: float) -> None:
        """Write a line in the place of the last one."""
        self.last = now
        self.stream.write(f"\r\x1b[K{clip(line, self.width - 1)}")
        self.stream.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self.is_watched and self.last:
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
