"""Parts: runs of cards that are read, written and kept as one, named by what is in them.

A part's name follows from its cards and from this cardkit alone. So a part that is there is done,
whoever made it and when; and the data set is the same, however often its build was stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cardkit import __version__
from cardkit.dataset.rows import Card
from cardkit.dataset.sources.source import Found, Source
from cardkit.patterns import regex

LAYOUT = "1"
"""Version of the tables and of how cards are cut into parts."""
MOST_CARDS = 4096
"""Cards of a part: about half a minute of one core, which is what an interruption costs."""
MOST_BYTES = 32_000_000
NOT_IN_NAMES = regex(r"[^A-Za-z0-9._-]+")
PACKAGE = Path(__file__).parents[1]


class Part(NamedTuple):
    """A run of cards."""

    name: str
    """What its files are called, without the ending."""
    source: str
    cards: tuple[Card, ...]
    share: float = 1.0
    """How much of its source has been read at its end, 0 to 1."""
    begins: float = 0.0
    """The same at its beginning."""


@cache
def fingerprint() -> str:
    """Return what changes when anything in cardkit does that a record could depend on."""
    digest = hashlib.sha256(f"{LAYOUT} {__version__}".encode())
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in (".py", ".yaml") and "shipped" not in path.parts:
            digest.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def cut(source: Source, found: Iterable[Found], most: int = MOST_CARDS) -> Iterator[Part]:
    """Yield the parts of a source.

    Rows are cut by their number, so that more rows at the end leave the parts before as they are.
    Paths are cut where the path says so, so that one more card changes its own part only.
    """
    run: list[Card] = []
    octets, start, share, begins = 0, None, 0.0, 0.0
    for card, share_here, row in found:
        if run and (octets + len(card.raw) > MOST_BYTES or _begins(card, row, len(run), most)):
            yield _part(source, run, start)._replace(share=share, begins=begins)
            run, octets, begins = [], 0, share
        if not run:
            start = row
        run.append(card)
        octets += len(card.raw)
        share = share_here
    if run:
        yield _part(source, run, start)._replace(share=share, begins=begins)


def _begins(card: Card, row: int | None, behind: int, most: int) -> bool:
    """Return whether a part begins here."""
    if row is not None:
        return row % most == 0
    if behind >= most:
        return True
    chance = int.from_bytes(hashlib.sha256(card.key.encode("utf-8", "replace")).digest()[:4], "big")
    return behind >= most // 4 and chance % max(1, most // 2) == 0


def _part(source: Source, cards: list[Card], start: int | None) -> Part:
    digest = hashlib.sha256(fingerprint().encode())
    for card in cards:
        rest = repr(card._replace(raw=b""))
        digest.update(f"{hashlib.sha256(card.raw).hexdigest()} {rest}\n".encode())
    slug = NOT_IN_NAMES.sub("-", source.name).strip("-.") or "source"
    place = "" if start is None else f"-{start:09d}"
    return Part(f"{slug}{place}-{digest.hexdigest()[:16]}", source.name, tuple(cards))
