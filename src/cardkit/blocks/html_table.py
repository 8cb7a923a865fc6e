"""Tables of tags: `<table><tr><td>…`, with spans filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cardkit.blocks import Table
from cardkit.limits import most
from cardkit.patterns import regex
from cardkit.text import Line

TAG = regex(r"<(/?)(table|thead|tbody|tfoot|tr|td|th|caption)\b([^<>]*)(?:>|(?=<))", re.IGNORECASE)
COMMENT = regex(r"<!--(?:[^-]|-(?!->))*+-->")
SPAN = regex(r"\b(row|col)span\s*=\s*[\"']?\s*(\d{1,4})", re.IGNORECASE)
MAX_CELLS = most("table cells")
MAX_NESTING = most("html nesting")


def read(line: Line) -> tuple[list[Table], list[Line]]:
    """Read a line that holds a `<table>` with all its rows joined.

    Returns the table, with those nested in it behind it, and what stood outside of any cell.
    A table whose only content is other tables (a layout) yields just those.
    """
    tables: list[Table] = []
    loose: list[Line] = []
    stack: list[_Open] = []
    deeper = 0
    at = 0
    for tag in _shown(line.text):
        closes, name = tag[1] == "/", tag[2].lower()
        if not stack:
            if line.text[at : tag.start()].strip():
                loose.append(line[at : tag.start()].strip())
            at = tag.end()
        opens = name == "table" and not closes
        if deeper or (opens and len(stack) == MAX_NESTING):
            deeper += opens - (name == "table" and closes)
        elif opens:
            stack.append(_Open())
        elif stack and name == "table":
            stack[-1].close_cell(line, tag.start())
            done = stack.pop()
            table = done.table()
            if table is not None:
                tables.append(table)
            if stack:
                stack[-1].nested = True
            at = tag.end()
        elif stack:
            stack[-1].feed(line, name, closes, tag)
    while stack:  # a table that never closes ends with its text
        stack[-1].close_cell(line, len(line))
        table = stack.pop().table()
        if table is not None:
            tables.append(table)
        if stack:
            stack[-1].nested = True
        at = len(line)
    if line.text[at:].strip():
        loose.append(line[at:].strip())
    return tables, loose


def _shown(text: str) -> Iterator[re.Match[str]]:
    """Yield the tags of a text; those in comments are no part of a table."""
    comments = COMMENT.finditer(text) if "<!--" in text else iter(())
    comment = next(comments, None)
    for tag in TAG.finditer(text):
        while comment is not None and comment.end() <= tag.start():
            comment = next(comments, None)
        if comment is None or tag.start() < comment.start():
            yield tag


class _Open:
    """A table whose end has not come yet."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[Line, int, int, bool]]] = []
        self.start: int | None = None
        self.open = (1, 1, False)
        self.caption: Line | None = None
        self.in_head = False
        self.head_rows = 0
        self.nested = False

    def feed(self, line: Line, name: str, closes: bool, tag: re.Match[str]) -> None:
        """Take one tag of this table."""
        if name in ("thead", "tbody", "tfoot"):
            self.close_cell(line, tag.start())
            self.in_head = name == "thead" and not closes
            return
        if name == "caption":
            if closes and self.start is not None:
                self.caption = line[self.start : tag.start()].strip()
                self.start = None
            elif not closes:
                self.start = tag.end()
            return
        self.close_cell(line, tag.start())
        if name == "tr" and not closes:
            self.rows.append([])
            self.head_rows += self.in_head
        elif name in ("td", "th") and not closes:
            if not self.rows:
                self.rows.append([])
            spans = {m[1].lower(): max(1, int(m[2])) for m in SPAN.finditer(tag[3])}
            self.open = (spans.get("row", 1), spans.get("col", 1), name == "th")
            self.start = tag.end()
            self.nested = False

    def close_cell(self, line: Line, end: int) -> None:
        """End the open cell, if there is one."""
        if self.start is None or not self.rows:
            return
        cell = line[self.start : end].strip()
        if self.nested:
            cell = cell[0:0]  # a cell that held tables: they are read by themselves
        self.rows[-1].append((cell, *self.open))
        self.start = None

    def table(self) -> Table | None:
        """Return the grid, or None when there is nothing in it."""
        rows = [row for row in self.rows if row]
        if not any(cell[0] for row in rows for cell in row):
            return None
        grid: list[list[Line | None]] = [[] for _ in rows]
        spanned: set[tuple[int, int]] = set()
        taken: dict[tuple[int, int], Line] = {}
        count = 0
        for r, row in enumerate(rows):
            c = 0
            for cell, rowspan, colspan, _ in row:
                while (r, c) in taken:
                    c += 1
                end = self.head_rows if r < self.head_rows else len(rows)  # no span leaves a thead
                for dr in range(min(rowspan, end - r)):
                    for dc in range(min(colspan, 1000)):
                        count += 1
                        if count > MAX_CELLS:
                            return None
                        taken[r + dr, c + dc] = cell
                        if dr or dc:
                            spanned.add((r + dr, c + dc))
                c += colspan
        width = 1 + max(c for _, c in taken)
        if len(rows) * width > MAX_CELLS:
            return None
        grid = [[taken.get((r, c)) for c in range(width)] for r in range(len(rows))]
        heads = max(self.head_rows, _leading_heads(rows))
        return Table(
            tuple(map(tuple, grid)), min(heads, len(rows)), "html", self.caption, frozenset(spanned)
        )


def _leading_heads(rows: list[list[tuple[Line, int, int, bool]]]) -> int:
    """Return how many rows at the top hold head cells only."""
    for i, row in enumerate(rows):
        if not all(cell[3] for cell in row):
            return i
    return len(rows)
