"""Text that remembers where it was written.

A line may be cut, joined and repaired; each of its characters still knows which characters of
the raw card it came from. That is how every value of a record points back at its evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cardkit.patterns import regex

_new = tuple.__new__
_new_line = object.__new__
FAR = 1 << 62
"""Beyond each raw card."""
LINE_END = regex(r"\r\n|\n|\r")


class Span(NamedTuple):
    """Characters of the raw card: code points, the end not included."""

    start: int
    end: int


class Piece(NamedTuple):
    """A part of a line: it begins at a place of the line's text and stands for raw characters."""

    at: int
    start: int
    end: int
    exact: bool = True
    """Whether text and raw match one to one; otherwise the piece stands for all its raw text."""


class Line:
    """Text and where it was written. A line never changes; each change makes a new one.

    >>> line = lines_of("a: 70 亿")[0]
    >>> line[3:].text, line[3:].span()
    ('70 亿', Span(start=3, end=7))
    >>> line.swap(0, 1, "size").text, line.swap(0, 1, "size")[6:].span()
    ('size: 70 亿', Span(start=3, end=7))
    """

    __slots__ = ("_pieces", "raw", "text")

    _pieces: tuple[Piece, ...]
    raw: int
    """Where the text stands in the raw card, if in one piece as nearly all do; else -1."""

    def __init__(self, text: str, pieces: tuple[Piece, ...]) -> None:
        self.text = text
        self._pieces = pieces
        self.raw = -1
        if len(pieces) == 1:
            at, start, end, exact = pieces[0]
            if exact and not at and end - start == len(text):
                self.raw = start

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The parts that the text is made of, in their order."""
        raw = self.raw
        return self._pieces if raw < 0 else (_new(Piece, (0, raw, raw + len(self.text), True)),)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Line):
            return NotImplemented
        if self.raw != other.raw or self.text != other.text:
            return False
        return self.raw >= 0 or self._pieces == other._pieces

    def __hash__(self) -> int:
        return hash((self.text, self.raw))

    def __repr__(self) -> str:
        return f"Line(text={self.text!r}, pieces={self.pieces!r})"

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Return the raw characters that text[start:end] came from."""
        raw = self.raw
        if raw >= 0:
            start, end, _ = slice(start, end).indices(len(self.text))
            return _new(Span, (raw + start, raw + (end if end > start else start)))
        part = self[start:end]
        raw = part.raw
        return _new(Span, (raw, raw + len(part.text))) if raw >= 0 else _bounds(part.pieces)

    def __getitem__(self, part: slice) -> Line:
        """Return a part of the line; steps are not known to it."""
        text = self.text[part]
        raw = self.raw
        if raw >= 0:
            start = part.start
            if start:
                if start < 0 or not text:
                    start = part.indices(len(self.text))[0]
                raw += start
            return _exact(text, raw)
        start, end, _ = part.indices(len(self.text))
        return _part(self._pieces, len(self.text), text, start, max(start, end))

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def strip(self, characters: str | None = None) -> Line:
        """Return the line without the white space (or characters) at its ends."""
        text = self.text
        bare = text.strip(characters)
        if len(bare) == len(text):
            return self
        left = len(text) - len(text.lstrip(characters))
        return _exact(bare, self.raw + left) if self.raw >= 0 else self[left : left + len(bare)]

    def rstrip(self, characters: str | None = None) -> Line:
        """Return the line without the white space (or characters) at its end."""
        return self[: len(self.text.rstrip(characters))]

    def swap(self, start: int, end: int, text: str) -> Line:
        """Return the line with text[start:end] written anew; the new words point at the old."""
        old = self[start:end]
        if old.text == text:
            return self
        where = _bounds(old.pieces)
        middle = Line(text, (Piece(0, *where, exact=False),))
        return join([self[:start], middle, self[end:]])

    def fold(self, text: str) -> Line:
        """Return the line with another text of the same length, character for character."""
        if len(text) != len(self.text):
            raise ValueError("a folded line keeps its length")
        return Line(text, self.pieces)

    def keep(self, parts: Iterable[tuple[int, int]]) -> Line:
        """Return parts of the line put together: (start, end), in their order.

        >>> lines_of("**a** b")[0].keep([(2, 3), (5, 7)]).text
        'a b'
        """
        text, raw = self.text, self.raw
        parts = [part for part in parts if part[0] < part[1]]
        if len(parts) < 2:
            return self[slice(*parts[0])] if parts else self[:0]
        if raw < 0:
            return join([self[start:end] for start, end in parts])
        texts, pieces, length = [], [], 0
        for start, end in parts:
            texts.append(text[start:end])
            pieces.append(_new(Piece, (length, raw + start, raw + end, True)))
            length += end - start
        return Line("".join(texts), tuple(pieces))

    def swaps(self, changes: Iterable[tuple[int, int, str]]) -> Line:
        """Return the line with several parts written anew: (start, end, text), in their order.

        >>> lines_of("a+b+c")[0].swaps([(1, 2, " and "), (3, 4, " or ")]).text
        'a and b or c'
        """
        parts, at = [], 0
        for start, end, text in changes:
            where = self.span(start, end)
            parts += [self[at:start], Line(text, (Piece(0, *where, exact=False),))]
            at = end
        return join([*parts, self[at:]])

    def split(self, pattern: re.Pattern[str]) -> list[Line]:
        """Return the parts between the matches of a pattern."""
        parts, start = [], 0
        for match in pattern.finditer(self.text):
            parts.append(self[start : match.start()])
            start = match.end()
        return [*parts, self[start:]]


def lines_of(raw: str) -> list[Line]:
    r"""Return the lines of a raw card, without their ends: \n, \r\n or \r.

    >>> [line.text for line in lines_of("a\r\nb\n")]
    ['a', 'b', '']
    """
    lines, start = [], 0
    if "\r" not in raw:
        for text in raw.split("\n"):
            lines.append(_exact(text, start))
            start += len(text) + 1
        return lines
    for found in LINE_END.finditer(raw):
        lines.append(_exact(raw[start : found.start()], start))
        start = found.end()
    lines.append(_exact(raw[start:], start))
    return lines


def _exact(text: str, raw: int) -> Line:
    """Return a text that stands in the raw card as it is."""
    line = _new_line(Line)
    line.text = text
    line.raw = raw
    return line


def join(lines: Iterable[Line], glue: str = "") -> Line:
    r"""Return one line that holds several, with a text between them that was written nowhere.

    >>> [a, b] = lines_of("x\ny")
    >>> join([a, b], " ").text, join([a, b], " ").span()
    ('x y', Span(start=0, end=3))
    """
    texts: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for line in lines:
        if texts and glue:
            raw = pieces[-1][2]
            pieces.append(_new(Piece, (length, raw, raw, False)))
            texts.append(glue)
            length += len(glue)
        text, raw = line.text, line.raw
        texts.append(text)
        if raw >= 0:
            pieces.append(_new(Piece, (length, raw, raw + len(text), True)))
        else:
            pieces += (
                [
                    _new(Piece, (at + length, start, end, exact))
                    for at, start, end, exact in line.pieces
                ]
                if length
                else line.pieces
            )
        length += len(text)
    return Line("".join(texts), tuple(pieces) or (Piece(0, 0, 0),))


def whole(lines: Iterable[Line]) -> Span:
    """Return the raw characters from the first line's beginning to the last line's end."""
    return _bounds(tuple(piece for line in lines for piece in line.pieces))


def _bounds(pieces: tuple[Piece, ...]) -> Span:
    """Return the smallest span that holds all pieces."""
    if len(pieces) == 1:
        return Span(pieces[0].start, pieces[0].end)
    written = [piece for piece in pieces if piece.start < piece.end] or pieces[:1]
    if not written:
        return Span(0, 0)
    return Span(min(p.start for p in written), max(p.end for p in written))


def _part(pieces: tuple[Piece, ...], length: int, text: str, start: int, end: int) -> Line:
    """Return text[start:end] of a line that is made of several pieces; `text` is that part."""
    first = max(0, bisect_right(pieces, (start, FAR)) - 1)
    if first < len(pieces):
        at, raw, _, exact = pieces[first]
        ends = pieces[first + 1][0] if first + 1 < len(pieces) else length
        if exact and at <= start and (start < end <= ends or (start == end < ends)):
            return _exact(text, raw + start - at)
    return Line(text, tuple(_cut(pieces, length, first, start, end)))


def _cut(
    pieces: tuple[Piece, ...], length: int, first: int, start: int, end: int
) -> Iterator[Piece]:
    """Yield the pieces, from the first on, that text[start:end] of a line came from."""
    for i in range(first, len(pieces)):
        at, begins, stops, exact = pieces[i]
        if at >= end and i > first:
            return
        ends = pieces[i + 1][0] if i + 1 < len(pieces) else length
        left, right = max(start, at), min(end, ends)
        if left < right or (i == first and start == end):
            if exact:
                raw = begins - at
                yield _new(Piece, (left - start, raw + left, raw + right, True))
            else:
                yield _new(Piece, (left - start, begins, stops, False))
