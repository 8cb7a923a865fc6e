"""Links to the hub that lead to a mirror's host.

Seen on: reverse proxies of Hugging Face, which rewrite every address of the pages they show.
"""

from __future__ import annotations

import re

from cardkit.noise import Repaired
from cardkit.text import Line, whole
from cardkit.vocabulary.hosts import canonical

ADDRESS = re.compile(r"https?://([^\s/\\)\](\[\"'<>|`，。、）]{3,200})(/[^\s)\](\[\"'<>|`，。、）]{0,500})?")
ENDPOINT = "ENDPOINT"
"""A line that sets this variable means the mirror itself."""


def repair(lines: list[Line]) -> Repaired | None:
    """Point links at the hub again: only the host is written anew."""
    card: list[Line] | None = None
    mended: list[Line] = []
    count = 0
    for n, line in enumerate(lines):
        if "://" not in line.text or ENDPOINT in line.text:
            continue
        swaps = [
            (address.start(1), address.end(1), host)
            for address in ADDRESS.finditer(line.text)
            if (host := _hub(address[0])) != address[1]
        ]
        if not swaps:
            continue
        card = card or list(lines)
        card[n] = line.swaps(swaps)
        mended.append(lines[n])
        count += len(swaps)
    return Repaired(card, count, whole(mended)) if card else None


def _hub(address: str) -> str:
    """Return the host of an address once a mirror's is put back."""
    there = canonical(address)
    return there.partition("://")[2].partition("/")[0]
