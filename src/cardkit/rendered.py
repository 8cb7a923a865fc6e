"""The blocks of a page that was printed as text: no marks, no fences, no borders.

A printer of pages puts blank lines around paragraphs and headings, `•` and numbers before list
entries, two blanks for each level, and leaves code as it was. What a line is shows in how it
stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cardkit.blocks import (
    Block,
    Bullet,
    Heading,
    Paragraph,
    Placed,
    Table,
    cell_lines,
    flattened_table,
    space_table,
)
from cardkit.facts import Problem, Unread
from cardkit.page.cells import Grid
from cardkit.page.heading_lines import is_heading
from cardkit.patterns import regex
from cardkit.snippets import bare_code
from cardkit.text import Line, Span, whole
from cardkit.vocabulary import words

MIN_NUMBERS = 3

READERS: dict[str, Callable[[Sequence[Line]], Grid | None]] = {
    "space-table": space_table.read,  # first: blanks are the surer borders
    "flattened-table": flattened_table.read,
    "one-cell-per-line": cell_lines.read,
}

_BULLET = regex(
    r"([ \t\u00a0]*)([•◦▪▫●○‣·]|[-*+](?=[ \u00a0])|\d{1,3}[.)](?=[ \u00a0]))[ \t\u00a0]*"
)
_NUMBER = regex(r"\d+(?:\.\d+)?")
_NUMBER_AT_END = regex(r"\d[%*†‡BMKT]?\)?$")
_CAPTION = regex(r"^(?:Table|Tab\.|表|図表)\s?\d|[:：]$")


class Page(NamedTuple):
    """What a page printed as text holds."""

    blocks: tuple[Placed, ...]
    unread: tuple[Unread, ...] = ()
    problems: tuple[Problem, ...] = ()
    repairs: tuple[tuple[str, int, Span], ...] = ()
    """The kind of each table form that was cut into cells, how many, and where."""


def read_page(lines: Sequence[Line]) -> Page:
    r"""Return the blocks of a page printed as text, and what could not be read of it.

    >>> from cardkit.text import lines_of
    >>> page = read_page(lines_of("Ant 1B\n\nA small model.\n\nUsage\n\n  • run it\n"))
    >>> [type(placed.block).__name__ for placed in page.blocks]
    ['Heading', 'Paragraph', 'Heading', 'Bullet']
    """
    reader = _Reader(lines)
    blocks = tuple(_placed(reader.blocks()))
    repairs = tuple(
        (form, len(spans), Span(min(s.start for s in spans), max(s.end for s in spans)))
        for form, spans in reader.tables.items()
    )
    return Page(blocks, tuple(reader.unread), tuple(reader.problems), repairs)


def _placed(blocks: Iterator[Block]) -> Iterator[Placed]:
    """Yield the blocks with the headings above them: the last known one, and what follows it."""
    known: Heading | None = None
    other: Heading | None = None
    for block in blocks:
        path = tuple(heading for heading in (known, other) if heading)
        if not isinstance(block, Heading):
            yield Placed(block, path)
        elif block.level:
            yield Placed(block, ())
            known, other = block, None
        else:
            yield Placed(block, (known,) if known else ())
            other = block


class _Reader:
    """One pass over a page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.bare = [not line.text.strip() for line in lines]
        self.last = max((at for at, bare in enumerate(self.bare) if not bare), default=0)
        self.unread: list[Unread] = []
        self.problems: list[Problem] = []
        self.tables: dict[str, list[Span]] = {}
        self.other = _form_unlike([line.text for line in lines])
        """The form that the tables of this page do not have; "" when it cannot be told."""
        self.above: list[str] = []
        """The last heading and what stands between it and the next table."""
        self.codes: dict[int, bare_code.Found | None] = {}

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order."""
        at = 0
        while at < len(self.lines):
            if self.bare[at]:
                at += 1
            elif code := self._code(at):
                yield code[0]
                at = code[1]
            elif bullet := _BULLET.match(self.lines[at].text):
                block, at = self._bullet(at, bullet)
                yield block
            else:
                end = self._end(at)
                yield from self._standing(at, end)
                at = end

    def _end(self, at: int) -> int:
        """Return where the lines that stand together end: at a blank line, a bullet, code."""
        end = at + 1
        while end < len(self.lines) and not self.bare[end]:
            if _BULLET.match(self.lines[end].text) and self.lines[end].text[:1] in " \u00a0•":
                break
            if self._code(end):
                break
            end += 1
        return end

    def _bullet(self, at: int, mark: re.Match[str]) -> tuple[Block, int]:
        """Return a list entry and where it ends; lines of prose set in below it belong to it."""
        indent = len(mark[1])
        line = self.lines[at]
        lines = [line[mark.end() :].rstrip()]
        end = at + 1
        while end < len(self.lines) and not self.bare[end]:
            text = self.lines[end].text
            deep = len(text) - len(text.lstrip())
            if _BULLET.match(text) or deep <= indent or self._code(end):
                break
            lines.append(self.lines[end].strip())
            end += 1
        return Bullet(tuple(lines), max(0, indent // 2 - 1), mark[2]), end

    def _standing(self, at: int, end: int) -> Iterator[Block]:
        """Yield what lines that stand together are: a heading, a table or a paragraph."""
        lines = self.lines[at:end]
        alone = (at == 0 or self.bare[at - 1]) and (end == len(self.lines) or self.bare[end])
        if len(lines) == 1:
            if alone and end <= self.last and is_heading(lines[0].text):
                line = lines[0].strip()
                self.above = [line.text]
                yield Heading(line, 2 if words.section_of(line.text) else 0)
            else:
                self.above = [*self.above[:1], lines[0].text]
                yield Paragraph((lines[0].strip(),))
            return
        stripped = [line.strip() for line in lines]
        yield from self._table(stripped)

    def _table(self, lines: Sequence[Line]) -> Iterator[Block]:
        """Yield a table; lines that look like one and cannot be cut are a paragraph and unread."""
        for skipped in (0, 1):
            if len(lines) - skipped < 2 or (skipped and not _CAPTION.search(lines[0].text)):
                break
            for form, read in READERS.items():
                if form == self.other:
                    continue
                if form == "flattened-table":
                    grid = flattened_table.read(lines[skipped:], " ".join(self.above))
                else:
                    grid = read(lines[skipped:])
                if grid is None:
                    continue
                caption = lines[0] if skipped else None
                where = whole(lines)
                self.tables.setdefault(form, []).append(where)
                yield Table(grid.rows, grid.heads, form, caption)
                if grid.left:
                    self._doubt(grid.left, where)
                return
        if _looks_like_rows(lines):
            self._doubt(lines, whole(lines))
        yield Paragraph(tuple(lines))

    def _doubt(self, lines: Sequence[Line], where: Span) -> None:
        """Note rows that could not be cut."""
        text = "\n".join(line.text for line in lines)
        self.unread.append(Unread(text, whole(lines), "the borders between its cells are lost"))
        count = "a row" if len(lines) == 1 else f"{len(lines)} rows"
        self.problems.append(
            Problem(
                "table-ambiguous",
                "warning",
                f"The page lost the borders between the cells of a table, and {count} can be cut "
                "in more than one way. Take the table from the original card.",
                where,
            )
        )

    def _code(self, at: int) -> bare_code.Found | None:
        """Return the code that begins at a line, and where it ends."""
        if at not in self.codes:
            self.codes[at] = bare_code.find(self.lines, at)
        return self.codes[at]


_TOUCHING = regex(r"\d\.\d+\.\d|[^\W\d_)]\d+\.\d+%?[*†‡]?$|\)\d+\.\d+%?$")
_APART = regex(r"\s-?\d+(?:\.\d+)?%?[*†‡]?\s-?\d+(?:\.\d+)?%?[*†‡]?$|\s0\.\d{2,}$")


def _form_unlike(texts: Sequence[str]) -> str:
    """Return the form that a page's tables do not have: all cells of a page touch, or none do."""
    touching = sum(bool(_TOUCHING.search(text)) for text in texts if len(text) < 600)
    apart = sum(bool(_APART.search(text)) for text in texts if len(text) < 600)
    if max(touching, apart) < 2 or touching == apart:
        return ""
    return "space-table" if touching > apart else "flattened-table"


def _looks_like_rows(lines: Sequence[Line]) -> bool:
    """Return whether lines below the first end in numbers, as rows of a table do."""
    rows = [line.text for line in lines[1:] if _NUMBER_AT_END.search(line.text)]
    numbers = sum(len(_NUMBER.findall(row)) for row in rows)
    return 2 * len(rows) >= len(lines) - 1 and numbers >= MIN_NUMBERS
