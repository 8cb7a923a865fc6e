"""Seals on the lines of an outcome: one that the runner did not write has none.

A seal is an HMAC over the line and its number, so that none can be added, left out or moved. It
tells who wrote with the file; code in the runner's own process could still look for the key there.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

BETWEEN = b"\t"
"""Before the seal: JSON writes no tab as it is."""


class Seal:
    """What seals the lines of one outcome, in their order."""

    def __init__(self, key: str) -> None:
        self._begun = hmac.new(key.encode(), digestmod="sha256")
        self._count = 0

    def sealed(self, line: bytes) -> bytes:
        """Return a line with its seal."""
        seal = self._of(line)
        self._count += 1
        return line + BETWEEN + seal

    def opened(self, row: bytes) -> bytes | None:
        """Return the line of a row if its seal is the next one's; None for any other."""
        line, _, seal = row.rpartition(BETWEEN)
        if not hmac.compare_digest(seal, self._of(line)):
            return None
        self._count += 1
        return line

    def _of(self, line: bytes) -> bytes:
        made = self._begun.copy()
        made.update(b"%d " % self._count + line)
        return made.hexdigest().encode()


class Opened(NamedTuple):
    """What a file held."""

    lines: tuple[bytes, ...]
    """Without their seals."""
    others: int
    """Lines that the runner did not write, as far as whole ones go."""


def opened(raw: bytes, key: str) -> Opened:
    """Return the lines that were sealed with a key; all of them where there is none."""
    *rows, last = raw.split(b"\n")  # the last one was cut off, or is empty
    if not key:
        return Opened((*rows, last), 0)
    seal = Seal(key)
    found = [seal.opened(row) for row in rows]
    lines = tuple(line for line in found if line is not None)
    return Opened(lines, len(found) - len(lines))
