"""Tables made ready for reading: their words, their heads, what each row is."""

from __future__ import annotations

import re

from cardkit.blocks import Table
from cardkit.kept import kept
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.values import markup, scores
from cardkit.values.scores import Score
from cardkit.values.shots import is_shots
from cardkit.vocabulary import words

MAX_HEADS = 3
LABELS = ("shots_head", "metric_head", "model_head", "benchmark_head")
BREAK = regex(r"\s*<br\s*/?>\s*", re.IGNORECASE)


class Sheet:
    """A table with its words read once, and what is asked of it again and again."""

    def __init__(self, table: Table) -> None:
        self.table = table
        read = [[_read(cell) for cell in row] for row in table.rows]
        self.texts = [[text for text, _ in row] for row in read]
        """The cells without markup; "" for a missing cell."""
        self.scores = [[found for _, found in row] for row in read]
        """The scores of each cell."""
        self.groups = frozenset(
            r for r, row in enumerate(self.texts) if _is_group(row, self.scores[r])
        )
        """The rows that hold one text only: titles for the rows below them."""
        self.width = len(self.texts[0]) if self.texts else 0
        """Columns."""
        self.heads = _heads(self)
        """How many rows at the top are heads."""
        self.body = range(self.heads, len(self.texts))
        """The rows below the heads."""
        self.kinds: dict[str | None, str] = {}
        """What it holds, by the kind of section that it stands in."""
        self._numeric: dict[int, float] = {}
        self._over: dict[int, tuple[str, ...]] = {}

    def cell(self, row: int, column: int) -> Line:
        """Return a cell that is there."""
        cell = self.table.rows[row][column]
        if cell is None:
            raise IndexError(f"no cell in row {row}, column {column}")
        return cell

    def head(self, column: int) -> tuple[str, ...]:
        """Return the words over a column, the uppermost first, none twice in a row."""
        over = self._over.get(column)
        if over is None:
            found: list[str] = []
            for row in range(self.heads):
                text = self.texts[row][column] or self._from_the_left(row, column)
                if text and (not found or found[-1] != text):
                    found.append(text)
            over = self._over[column] = tuple(found)
        return over

    def _from_the_left(self, row: int, column: int) -> str:
        """Return the upper head that reaches over a column: pipes cannot join cells."""
        if row + 1 >= self.heads or self.table.form == "html" or not self.texts[row + 1][column]:
            return ""
        before = [text for text in self.texts[row][1:column] if text]
        return before[-1] if before else ""

    def column(self, column: int) -> list[str]:
        """Return the words of a column's body."""
        return [row[column] for row in self.texts[self.heads :]]

    def numeric(self, column: int) -> float:
        """Return the share of a column's filled cells that hold scores."""
        share = self._numeric.get(column)
        if share is None:
            filled = numbers = 0
            for row in self.body:
                if row in self.groups:
                    continue
                if self.scores[row][column]:
                    filled += 1
                    numbers += 1
                elif not scores.is_nothing(self.texts[row][column]):
                    filled += 1
            share = self._numeric[column] = numbers / filled if filled else 0.0
        return share

    def is_group(self, row: int) -> bool:
        """Whether a row holds one text only: a title for the rows below it."""
        return row in self.groups


@kept
def sheet_of(table: Table) -> Sheet:
    r"""Return a table with its words, scores and heads.

    >>> from cardkit.blocks import pipe_table
    >>> from cardkit.text import lines_of
    >>> table, _ = pipe_table.read(lines_of("|a|b|\n|-|-|\n|x|1.5|"), 0)
    >>> sheet_of(table).heads
    1
    """
    return Sheet(_unfold(table))


def _read(cell: Line | None) -> tuple[str, tuple[Score, ...]]:
    """Return the words of a cell and its scores."""
    if cell is None or not cell.text:
        return "", ()
    text = cell.text
    if score := scores.bare(text):
        return score.text, (score,)
    text = markup.plain(text)
    return markup.name_in(text), scores.read_plain(text)


def _is_group(texts: list[str], found: list[tuple[Score, ...]]) -> bool:
    """Whether a row holds one text only, and that is no value."""
    filled = {text for text in texts if text}
    if len(filled) != 1 or len(texts) < 2:
        return False
    [text] = filled
    first = texts.index(text)
    if found[first] or scores.is_nothing(text):
        return False
    return (first == 0 or texts.count(text) > 1) and len(text) <= 80


def _unfold(table: Table) -> Table:
    """Return a table in which rows that hold several rows, parted by `<br>`, are apart.

    A row is taken apart only when each of its cells that is parted has the same number of parts,
    and two or more are; a cell in one part belongs to all of them.
    """
    if not any(cell and "<br" in cell.text for row in table.rows for cell in row):
        return table
    rows: list[tuple[Line | None, ...]] = []
    spanned: set[tuple[int, int]] = set()
    for r, row in enumerate(table.rows):
        parts: list[list[Line | None]] = [[*cell.split(BREAK)] if cell else [None] for cell in row]
        counts = {len(part) for part in parts if len(part) > 1}
        valued = [
            part
            for part in parts
            if len(part) > 1 and sum(bool(scores.read(p.text)) for p in part if p) * 2 >= len(part)
        ]
        first = len(rows)
        if r < max(1, table.heads) or len(counts) != 1 or not valued:
            rows.append(row)
            spanned |= {(first, c) for at, c in table.spanned if at == r}
            continue
        [count] = counts
        worded = [c for c, part in enumerate(parts) if len(part) > 1 and part not in valued]
        if len(worded) > 1:  # the first of several is a category in two lines, over all of them
            parts[worded[0]] = [row[worded[0]]]
        for i in range(count):
            rows.append(tuple((part[i] if len(part) > 1 else part[0]) for part in parts))
            spanned |= {(first + i, c) for c, part in enumerate(parts) if i and len(part) == 1}
    return table._replace(rows=tuple(rows), spanned=frozenset(spanned))


def _heads(sheet: Sheet) -> int:
    """Return how many rows at the top are heads."""
    rows = len(sheet.texts)
    heads = sheet.table.heads
    if heads >= rows:
        heads = min(1, rows - 1)
    if heads == 0:
        if sheet.table.form != "html" or rows < 2 or _has_scores(sheet, 0):
            return 0
        heads = 1
    while heads < min(MAX_HEADS, rows - 1) and _is_lower_head(sheet, heads):
        heads += 1
    return heads


def _has_scores(sheet: Sheet, row: int) -> bool:
    return any(sheet.scores[row][1:]) or (sheet.width == 1 and bool(sheet.scores[row][0]))


def _is_lower_head(sheet: Sheet, row: int) -> bool:
    """Whether a row below a head is a second head: settings or sizes over the numbers below it."""
    texts, above = sheet.texts[row], sheet.texts[row - 1]
    filled = [text for text in texts[1:] if text]
    if len(filled) < 2 or _has_scores(sheet, row) or all(map(scores.is_nothing, filled)):
        return False
    if not any(
        _has_scores(sheet, below) for below in range(row + 1, min(row + 4, len(sheet.texts)))
    ):
        return False
    if all(map(is_shots, filled)):
        return not texts[0] or texts[0] == above[0] or is_shots(texts[0])
    if sheet.is_group(row):
        return False
    label = words.find("evaluation", texts[0].strip("()（）"))
    if label in ("metric_head", "shots_head"):
        return True  # it says what the row is, whatever the head above it does
    named = [c for c, text in enumerate(above) if words.find("evaluation", text) in LABELS]
    if any(texts[c] not in ("", above[c]) for c in named):
        return False
    if not texts[0] or texts[0] == above[0]:
        first = next(text for text in texts if text)
        return words.find("spec", first) is None
    return label in LABELS and not above[0]
