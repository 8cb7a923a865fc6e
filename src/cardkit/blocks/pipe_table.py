"""Tables of pipes: `| a | b |`, with or without the outer bars."""

from __future__ import annotations

from cardkit.blocks import Table
from cardkit.patterns import regex
from cardkit.text import Line

DELIMITERS = regex(
    r"[ \t\u00a0]*\|?(?:[ \t\u00a0]*:?[-—–]+:?[ \t\u00a0]*\|)*"
    r"[ \t\u00a0]*:?[-—–]+:?[ \t\u00a0]*\|?[ \t\u00a0]*"
)
BAR = regex(r"(?<!\\)\|")
CODE_OR_BAR = regex(r"`+|(?<!\\)\|")


def is_delimiter_row(text: str) -> bool:
    """Whether a line is the row of dashes under a head.

    >>> is_delimiter_row("|:---|--:|"), is_delimiter_row("---"), is_delimiter_row("| - a |")
    (True, False, False)
    """
    return "|" in text and "-" in text and DELIMITERS.fullmatch(text) is not None


def cells(line: Line, width: int = 0) -> list[Line]:
    """Return the cells of a row. A bar inside code parts cells only when the width says so.

    >>> from cardkit.text import lines_of
    >>> [cell.text for cell in cells(lines_of("| a | `b|c` |")[0], 2)]
    ['a', '`b|c`']
    """
    line = line.strip()
    text = line.text
    if "\\" in text:
        row = _cut(line, [bar.start() for bar in BAR.finditer(text)])
    else:
        row = _cut(line, _bars(text))
    if width and len(row) > width and "`" in line.text:
        careful = _cut(line, _bars_outside_code(line.text))
        if len(careful) == width:
            return careful
    return row


def _bars_outside_code(text: str) -> list[int]:
    """Return the bars that part cells; a run of backticks ends at the next run as long."""
    marks = list(CODE_OR_BAR.finditer(text))
    last = {len(mark[0]): i for i, mark in enumerate(marks) if mark[0] != "|"}
    bars: list[int] = []
    inside = 0
    for i, mark in enumerate(marks):
        if mark[0] != "|":
            if inside == len(mark[0]):
                inside = 0
            elif not inside and last[len(mark[0])] > i:
                inside = len(mark[0])
        elif not inside:
            bars.append(mark.start())
    return bars


def _cut(line: Line, bars: list[int], *, outer: bool = True) -> list[Line]:
    """Return the parts between the bars, without the empty ones outside the outer bars."""
    text = line.text
    starts = [0, *[bar + 1 for bar in bars]]
    ends = [*bars, len(text)]
    if outer and bars and bars[0] == 0:
        del starts[0], ends[0]
    if outer and bars and bars[-1] == len(text) - 1 and starts:
        del starts[-1], ends[-1]
    row = []
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        left = start + len(part) - len(part.lstrip())
        row.append(line[left : left + len(part.strip())])
    return row


def _bars(text: str) -> list[int]:
    """Return where the bars of a row stand, inside code or not."""
    bars = []
    at = text.find("|")
    while at >= 0:
        bars.append(at)
        at = text.find("|", at + 1)
    return bars


def read(lines: list[Line], start: int) -> tuple[Table, int] | None:
    """Read the table whose head is lines[start]; None when there is none.

    Returns the table and the first line behind it. The table ends where the shape of pipes ends,
    or where another head begins.
    """
    if start + 1 >= len(lines) or not is_delimiter_row(lines[start + 1].text):
        return None
    width = len(cells(lines[start + 1]))
    inner = lines[start + 1].text.count("|") == width - 1
    head = _row(lines[start], width, inner)
    if "|" not in lines[start].text and width > 1:
        return None
    fits = abs(len(head) - width) <= max(1, width // 4) if any(head) else len(head) == width
    if not fits:
        return None
    outer = lines[start].text.lstrip().startswith("|")
    rows: list[list[Line]] = [head]
    i = start + 2
    while i < len(lines):
        text = lines[i].text.strip()
        if (
            not text
            or "|" not in text
            or (outer and not text.startswith("|") and width > 1 and text.count("|") < width - 1)
        ):
            break
        if is_delimiter_row(text):
            i += 1  # a rule between rows
            continue
        if i + 1 < len(lines) and is_delimiter_row(lines[i + 1].text):
            again = cells(lines[i])
            if _is_head(again):
                break
        rows.append(_row(lines[i], width, inner))
        i += 1
    length = max(len(row) for row in rows)
    while length > width and not any(row[length - 1] for row in rows if len(row) >= length):
        length -= 1
    grid = tuple((*row[:length], *[None] * (length - len(row))) for row in rows)
    return Table(grid, heads=1, form="pipe"), i


def _row(line: Line, width: int, inner: bool) -> list[Line]:
    """Return the cells of a row.

    Where the row of dashes has no outer bars (inner), a row with as many bars as it has none
    either: a bar at its beginning stands behind an empty cell.
    """
    if inner and line.text.count("|") == width - 1:
        text = line.strip().text
        if text.startswith("|") or text.endswith("|"):
            return _cut(line, _bars(line.text), outer=False)
    return cells(line, width)


def _is_head(row: list[Line]) -> bool:
    """Whether a row in the middle of a table looks like the head of another one."""
    numbers = sum(
        any(c.isdigit() for c in cell.text) and not _has_letters(cell.text) for cell in row
    )
    return numbers * 2 < len(row)


def _has_letters(text: str) -> bool:
    return sum(c.isalpha() for c in text) > 1
