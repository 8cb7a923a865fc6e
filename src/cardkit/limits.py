"""How much of a card is read: each limit with its figure, and what is done beyond it.

Most of these were never met in 4,000 cards of the Hub; they are there for cards that somebody
made to hurt, and for files that are no cards. What is beyond a limit is said, never dropped in
silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed, Table
from cardkit.facts import Problem, Unread
from cardkit.patterns import regex
from cardkit.text import Line, Span, whole


class Limit(NamedTuple):
    """A figure, what it counts, and what becomes of the rest."""

    most: int
    counts: str
    beyond: str


LIMITS = {
    "file": Limit(10_000_000, "bytes of a card", "the card is not read"),
    "front matter": Limit(1_000_000, "characters of front matter", "it is not read"),
    "front matter depth": Limit(64, "levels of front matter", "it is read key by key"),
    "front matter aliases": Limit(50, "aliases in front matter", "it is read key by key"),
    "front matter values": Limit(100_000, "values in front matter", "it is read key by key"),
    "number": Limit(64, "digits of a number", "it is no number"),
    "heading": Limit(1_000, "characters of a heading", "the rest is prose"),
    # The longest paragraph of 4,210 cards has 2,106 characters.
    "paragraph": Limit(5_000, "characters of a paragraph", "it is read in pieces"),
    # The longest code block of 4,210 cards has 47,890 characters, its longest line 6,819.
    "code": Limit(100_000, "characters of a code block", "the rest is unread"),
    "code line": Limit(10_000, "characters of a line of code", "the rest is unread"),
    "table cells": Limit(200_000, "cells of a table", "the table is unread"),
    "table columns": Limit(1_000, "columns of a table", "the table is unread"),
    # The longest cell of 4,210 cards, a label scheme of spaCy, has 75,337 characters.
    "table cell": Limit(100_000, "characters of a cell", "the rest is unread"),
    "html nesting": Limit(500, "levels of HTML", "what is deeper is unread"),
    "seconds": Limit(20, "seconds for a card, of several", "the card is not read"),
}
SHOWN = 200
"""Characters of what is unread that the record quotes."""
TABLE = regex(r"<(/?)table\b", re.IGNORECASE)
DIGIT = regex(r"[0-9]")
LONG_NUMBER = regex(rf"[0-9]{{{LIMITS['number'].most + 1},}}")
BREAKS = " \t\n。！？；，、,;"


class Bounded(NamedTuple):
    """The blocks of a card within all limits, and what had to be left out."""

    blocks: tuple[Placed, ...]
    problems: tuple[Problem, ...] = ()
    unread: tuple[Unread, ...] = ()


def most(name: str) -> int:
    """Return the figure of a limit.

    >>> most("front matter depth")
    64
    """
    return LIMITS[name].most


def exceeded(name: str, count: int, where: Span) -> Problem:
    """Return the problem that a limit was met.

    >>> exceeded("code", 123456, Span(0, 9)).message
    '123,456 characters of a code block; the limit is 100,000: the rest is unread. Shorten it.'
    """
    limit = LIMITS[name]
    return Problem(
        "limit-exceeded",
        "error",
        f"{count:,} {limit.counts}; the limit is {limit.most:,}: {limit.beyond}. Shorten it.",
        where,
    )


def of_text(raw: str) -> tuple[Problem, ...]:
    """Return the limits that a card's text is beyond, whatever its blocks are.

    >>> [problem.code for problem in of_text("9" * 65)]
    ['limit-exceeded']
    """
    found = (_nesting(raw), _digits(raw))
    return tuple(problem for problem in found if problem)


def _digits(raw: str) -> Problem | None:
    """Return the problem that a number is too long."""
    step = most("number") + 1
    for digit in DIGIT.finditer(raw[::step]):  # one of these stands in each number so long
        at = digit.start() * step
        if LONG_NUMBER.search(raw, max(0, at - step), at + step):
            digits = LONG_NUMBER.search(raw, max(0, at - step))
            return exceeded("number", len(digits[0]), Span(*digits.span())) if digits else None
    return None


def _nesting(raw: str) -> Problem | None:
    """Return the problem that tables stand in tables beyond the limit, if they do."""
    if raw.count("<table") <= most("html nesting"):
        return None
    depth, deepest, where = 0, 0, Span(0, 0)
    for tag in TABLE.finditer(raw):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > deepest:
            deepest, where = depth, Span(*tag.span())
    return exceeded("html nesting", deepest, where) if deepest > most("html nesting") else None


def bound(blocks: Iterable[Placed]) -> Bounded:
    """Return the blocks of a card, those beyond a limit cut.

    >>> bound([Placed(Paragraph((Line("word " * 1100, ()),)), ())]).problems[0].code
    'limit-exceeded'
    """
    bounder = _Bounder()
    found = tuple([placed for block in blocks for placed in bounder.within(block)])
    return Bounded(found, tuple(bounder.problems), tuple(bounder.unread))


class _Bounder:
    """What was beyond a limit, so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unread: list[Unread] = []

    def within(self, placed: Placed) -> Iterable[Placed]:
        """Return a block, or what is left of it."""
        block = placed.block
        if isinstance(block, (Paragraph, Bullet)):
            length = sum([len(line.text) for line in block.lines])
            if length > most("paragraph"):
                return self.pieces(placed, block.lines, length)
        elif isinstance(block, Heading):
            if len(block.line.text) > most("heading"):
                return self.heading(placed, block)
        elif isinstance(block, Code):
            code = self.code(block)
            return (placed,) if code is block else (placed._replace(block=code),)
        elif isinstance(block, Table):
            table = self.table(block)
            if table is not block:
                return (placed._replace(block=table),) if table else ()
        return (placed,)

    def say(self, name: str, count: int, lines: Iterable[Line], unread: Line | None) -> None:
        """Note that a limit was met."""
        where = whole(lines)
        self.problems.append(exceeded(name, count, where))
        if unread is not None:
            because = f"more than {most(name):,} {LIMITS[name].counts}"
            start, end = unread.span()
            self.unread.append(Unread(unread.text[:SHOWN], Span(start, end), because))

    def pieces(self, placed: Placed, lines: tuple[Line, ...], length: int) -> Iterator[Placed]:
        """Yield a paragraph in pieces: prose has no words that need more than one."""
        self.say("paragraph", length, lines, None)
        piece: list[Line] = []
        room = most("paragraph")
        for line in lines:
            for part in _parts(line, most("paragraph")):
                if piece and len(part) > room:
                    yield placed._replace(block=Paragraph(tuple(piece)))
                    piece, room = [], most("paragraph")
                piece.append(part)
                room -= len(part)
        yield placed._replace(block=Paragraph(tuple(piece)))

    def heading(self, placed: Placed, block: Heading) -> Iterator[Placed]:
        """Yield a heading that is cut, and the rest of it as prose."""
        self.say("heading", len(block.line), [block.line], None)
        first = next(_parts(block.line, most("heading")))
        yield placed._replace(block=block._replace(line=first))
        rest = block.line[len(first) :]
        yield from self.within(placed._replace(block=Paragraph((rest,))))

    def code(self, block: Code) -> Code:
        """Return a code block within its limits."""
        lengths = [len(line.text) for line in block.lines]
        long = max(lengths, default=0)
        if long > most("code line"):
            [first, *_] = [line for line in block.lines if len(line.text) > most("code line")]
            self.say("code line", long, [first], first[most("code line") :])
            block = block._replace(lines=tuple(line[: most("code line")] for line in block.lines))
            lengths = [len(line.text) for line in block.lines]
        length = sum(lengths) + len(lengths)
        if length > most("code"):
            room, kept = most("code"), 0
            while room > len(block.lines[kept].text):
                room -= len(block.lines[kept].text) + 1
                kept += 1
            self.say("code", length, block.lines, block.lines[kept])
            block = block._replace(lines=block.lines[:kept])
        return block

    def table(self, table: Table) -> Table | None:
        """Return a table within its limits; None when it is beyond them."""
        columns = len(table.rows[0]) if table.rows else 0
        for name, count in (
            ("table columns", columns),
            ("table cells", columns * len(table.rows)),
        ):
            if count > most(name):
                cells = [cell for row in table.rows for cell in row if cell]
                self.say(name, count, cells, cells[0] if cells else None)
                return None
        limit = most("table cell")
        cells = [cell for row in table.rows for cell in row if cell is not None]
        long = [cell for cell in cells if len(cell.text) > limit]
        if not long:
            return table
        self.say("table cell", len(long[0]), long[:1], long[0][limit:])
        rows = tuple(
            tuple(cell[:limit] if cell and len(cell.text) > limit else cell for cell in row)
            for row in table.rows
        )
        return table._replace(rows=rows)


def _parts(line: Line, length: int) -> Iterator[Line]:
    """Yield a line in parts of at most a length, parted between words where there are any."""
    text, at = line.text, 0
    while len(text) - at > length:
        window = text[at : at + length]
        cut = max(window.rfind(mark) for mark in BREAKS) + 1
        cut = cut if cut * 2 > length else length
        yield line[at : at + cut]
        at += cut
    yield line[at:] if at else line
