"""Tables whose cells stand one blank apart: `Ant 2 chat 1B 40.1 12.0`.

Seen on: model pages of the hub, articles on other sites. A blank is a border or part of a name:
rows are cut where head and rows agree on the number of cells, else from the right, where the
numbers are. A row that is short has lost an empty cell and is left out, never shifted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from cardkit.cells import UNKNOWN, Cover, Grid, covers, cut_line, kind_of, padded, shot_row
from cardkit.text import Line

MAX_ROWS = 600
MAX_ROW = 1000
"""Characters: what is longer is prose."""
MAX_GROUP_WORDS = 6
ENOUGH = 0.7
"""Share of the rows with numbers that must fit; otherwise the head was cut wrongly."""

_UNIT = r"(?:[GMKT]i?B|[BMKT]|ms|s|h|x|×|hours?|days?|GPU|[TBM]illion|trillion|billion|million|%|亿|万亿|万)"
_VALUE = re.compile(
    rf"[~≈<>≤≥+−-]?\$?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?{_UNIT}?(?:[*†‡§]|\[\d\])*"
    r"|[-–—]{1,5}|N/A|n/a|NA|nan|NaN|OOM|[?？]"
    r"|✅|❌|✔️?|✓|✗|✘|×|√|☑️?"
)
_DECIMAL = re.compile(r"[~≈<>+−-]?\d[\d,]*\.\d+%?\W*")
_CONFIG = re.compile(r"^[\w.-]+\s?[:=]|[│├└─]{2}|[:=]\s\S+$")
_TOUCHING = re.compile(r"(?<![\d.vV-])\d+\.\d+\.\d")
_INTEGER = re.compile(r"\d+")
_WHOLE_UNIT = re.compile(_UNIT)
_WORD = re.compile(r"\S+")
_TEXT_KINDS = frozenset({"label", "text", "tokens", UNKNOWN, "mark", "count"})

Places = list[tuple[int, int]]


class _Fit(NamedTuple):
    """A head, and the rows that are cut under it."""

    cuts: tuple[tuple[int, int], ...]
    known: bool
    nameless: bool
    rows: dict[int, Places]
    groups: tuple[int, ...]


def read(lines: Sequence[Line]) -> Grid | None:
    """Return a table whose cells stand one blank apart; None when these lines are none.

    >>> from cardkit.text import lines_of
    >>> lines = "Model Size MMLU GSM8K\\nAnt 2 chat 1B 40.1 12.0\\nAnt 2 base 1B 38.4 9.7"
    >>> [tuple(cell.text for cell in row) for row in read(lines_of(lines)).rows][1]
    ('Ant 2 chat', '1B', '40.1', '12.0')
    """
    if len(lines) < 2 or len(lines) > MAX_ROWS or any(len(line) > MAX_ROW for line in lines):
        return None
    head, *body = lines
    shots = shot_row(body[0]) if len(body) > 1 else ()
    body = body[1:] if shots else body
    rows = [_places(line.text, units=True) for line in body]
    if _is_no_head(head.text) or _is_no_table([line.text for line in body]):
        return None
    fit = _even(head.text, body, rows) or _tailed(head.text, body, rows, len(shots))
    if fit is None:
        return None
    width = len(fit.cuts) + fit.nameless
    cells = [padded(cut_line(head, fit.cuts), width, left=True)]
    if shots:
        if len(shots) > width:
            return None
        cells.append(padded(shots, width, left=True))
    heads, left = len(cells), []
    for i, line in enumerate(body):
        if i in fit.rows:
            cells.append(cut_line(line, fit.rows[i]))
        elif i in fit.groups:
            cells.append(padded((line.strip(),), width, left=False))
        else:
            left.append(line)
    return Grid(tuple(cells), heads, tuple(left))


def _is_no_head(text: str) -> bool:
    """Return whether a line is a row, or a line of a config or a tree of files."""
    words = text.split()
    values = sum(bool(_VALUE.fullmatch(word)) for word in words[1:])
    if any(_DECIMAL.fullmatch(word) for word in words) or 2 * values > len(words):
        return True
    return text.endswith((":", "：", "{", "[", ",")) or text.startswith(("#", "-", "{", "[", "<"))


def _is_no_table(rows: Sequence[str]) -> bool:
    """Return whether lines are a config or a tree of files, or their cells touch."""
    config = sum(bool(_CONFIG.search(row)) for row in rows)
    touch = sum(bool(_TOUCHING.search(row)) for row in rows)
    return 2 * config > len(rows) or 5 * touch > len(rows)


def _places(text: str, *, units: bool) -> Places:
    """Return where the words of a line stand; a note belongs to its word, a unit to its number."""
    found: Places = []
    for word in _WORD.finditer(text):
        start, end = word.span()
        if found:
            before = text[found[-1][0] : found[-1][1]]
            note = word[0][0] in "(（" or before.count("(") > before.count(")")
            spread = units and (word[0] in ("±", "+/-") or before.endswith(("±", "+/-")))
            unit = units and _WHOLE_UNIT.fullmatch(word[0]) and before[-1].isdigit()
            if note or spread or (unit and _VALUE.fullmatch(before)):
                found[-1] = (found[-1][0], end)
                continue
        found.append((start, end))
    return found


def _is_value(text: str) -> bool:
    """Return whether a cell holds a number, a mark or nothing; notes behind it may go."""
    bare = re.sub(r"\s?[(（][^()（）]*[)）]$", "", text)
    if "±" in bare or "+/-" in bare:
        bare = re.split(r"±|\+/-", bare)[0]
    words = bare.split()
    return bool(words) and all(_VALUE.fullmatch(word) or _WHOLE_UNIT.fullmatch(word) for word in words)


def _values_at_end(text: str, places: Places) -> int:
    """Return how many words at a row's end are values."""
    count = 0
    for start, end in reversed(places):
        if not _is_value(text[start:end]):
            break
        count += 1
    return count


def _even(head: str, body: Sequence[Line], rows: Sequence[Places]) -> _Fit | None:
    """Return the table when head and rows have equally many words: each word is a cell."""
    words = _places(head, units=False)
    width = len(words)
    even = [i for i, row in enumerate(rows) if len(row) == width]
    groups = _groups(body, rows)
    rest = [i for i in range(len(rows)) if i not in even and i not in groups]
    if width < 2 or not even or len(even) < ENOUGH * (len(even) + len(rest)):
        return None
    if any(_INTEGER.fullmatch(head[start:end]) for start, end in words[1:]) and len(even) < 3:
        return None
    columns = [
        [_is_value(body[i].text[slice(*rows[i][column])]) for i in even] for column in range(width)
    ]
    if not any(all(column) for column in columns):
        return None
    if any(any(column) and not all(column) for column in columns[1:]):
        return None
    kinds = [kind_of(head[start:end]) for start, end in words]
    if any(
        not all(column) and kind not in _TEXT_KINDS
        for column, kind in zip(columns, kinds, strict=True)
    ):
        return None
    narrower = covers(head, apart=True)
    if any(
        cover.unknown == 0 for count in range(2, width) for cover in narrower.get(count, ())
    ) and (len(even) < 3 or UNKNOWN in kinds):
        return None
    if len(even) == 1 and not all(map(all, columns)) and UNKNOWN in kinds:
        return None
    return _Fit(tuple(words), True, False, {i: rows[i] for i in even}, groups)


def _tailed(head: str, body: Sequence[Line], rows: Sequence[Places], shots: int) -> _Fit | None:
    """Return the table whose rows end in equally many values; the words before them are the name."""
    tails = [_values_at_end(line.text, row) for line, row in zip(body, rows, strict=True)]
    groups = _groups(body, rows)
    fits: list[_Fit] = []
    for cover in chain.from_iterable(covers(head, apart=True).values()):
        for nameless in (False, True):
            values = len(cover.cuts) - (not nameless)
            if values < 1 or (shots and shots not in (values, values + 1)):
                continue
            if nameless and cover.kinds[0] in ("label", "text"):
                continue
            if not nameless and cover.kinds[0] not in ("label", "text", "size", "tokens", UNKNOWN):
                continue
            if cut := _cut_tails(body, rows, tails, values, cover, nameless=nameless):
                kept = tuple(i for i in groups if i not in cut)
                fits.append(_Fit(cover.cuts, cover.unknown == 0, nameless, cut, kept))
    if len(fits) > 1:
        known = [fit for fit in fits if fit.known]
        words = len(_places(head, units=False))
        fits = known or [fit for fit in fits if len(fit.cuts) == words]
    return fits[0] if len(fits) == 1 else None


def _cut_tails(
    body: Sequence[Line],
    rows: Sequence[Places],
    tails: Sequence[int],
    values: int,
    cover: Cover,
    *,
    nameless: bool,
) -> dict[int, Places] | None:
    """Return the rows that end in so many values; None when too few do."""
    told = [i for i, tail in enumerate(tails) if tail]
    fitting = [i for i in told if tails[i] >= values and len(rows[i]) > values]
    if len(fitting) < 1 or len(fitting) < ENOUGH * len(told):
        return None
    exact = [i for i in fitting if tails[i] == values]
    if len(exact) < ENOUGH * len(fitting):
        return None
    if len(exact) < 2 and cover.unknown:
        return None
    kinds = cover.kinds if nameless else cover.kinds[1:]
    if any(kind in ("label", "text") for kind in kinds):
        return None
    firsts = {i: body[i].text[slice(*rows[i][-values])] for i in fitting}
    decimal = sum(bool(_DECIMAL.fullmatch(first)) for first in firsts.values())
    cut: dict[int, Places] = {}
    for i in fitting:
        row = rows[i]
        extra = [body[i].text[slice(*place)] for place in row[len(row) - tails[i] : -values]]
        if any(_DECIMAL.fullmatch(word) for word in extra):
            continue
        if decimal >= 2 * len(firsts) / 3 and _INTEGER.fullmatch(firsts[i]) and len(firsts[i]) < 3:
            continue  # the number may belong to the name, and a cell be lost
        cut[i] = [(row[0][0], row[-values - 1][1]), *row[-values:]]
    return cut or None


def _groups(body: Sequence[Line], rows: Sequence[Places]) -> tuple[int, ...]:
    """Return the rows that are one cell: a few words without a value, above rows with values."""
    bare = [
        not any(_is_value(line.text[start:end]) for start, end in row)
        for line, row in zip(body, rows, strict=True)
    ]
    return tuple(
        i
        for i in range(len(rows) - 1)
        if bare[i]
        and not bare[i + 1]
        and not (i and bare[i - 1])
        and len(rows[i]) <= MAX_GROUP_WORDS
        and len(set(body[i].text.split())) == len(body[i].text.split())
    )
